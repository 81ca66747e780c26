"""What theorycheck publishes: tables in Markdown, CSV and LaTeX."""
