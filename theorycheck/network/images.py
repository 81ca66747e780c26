"""Real images as arrays: MNIST (IDX files) and CIFAR-10 (binary files) from a local folder, and scikit-learn's digits."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

from theorycheck.errors import InputError, Undecided

#: The element types of IDX by their code.
_IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
#: A record of CIFAR-10: a label, then three colours of 32 × 32 pixels.
_CIFAR_RECORD = 1 + 3 * 32 * 32


@dataclass(frozen=True)
class Images:
    """Training and test images with their labels.

    Args:
        train, test: brightness, shape (n, rows, columns) or (n, 3, rows, columns).
        train_labels, test_labels: whole numbers from 0, shape (n,).
    """

    train: np.ndarray
    train_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray


def read_idx(path: Path | str) -> np.ndarray:
    """An array from a file in the format IDX, plain or gzipped.

    Args:
        path: of the file; a name that ends in .gz is unpacked.

    Returns:
        The array as the header describes it.

    Raises:
        InputError: no file, no IDX header, or another size than the header states; the message names the file and both sizes.
    """
    file = _path(path, "file")
    data = _contents(file)
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in _IDX_TYPES or not 1 <= data[3] <= 8:
        raise InputError(f"{file} does not begin like an IDX file (its first bytes are {data[:4].hex(' ') or 'none'}); write an IDX file")
    kind, axes = np.dtype(_IDX_TYPES[data[2]]), data[3]
    start = 4 + 4 * axes
    shape = tuple(int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(axes)) if len(data) >= start else ()
    stated = start + kind.itemsize * int(np.prod(shape, dtype=object)) if shape else start
    if len(data) != stated:
        what = f"an array of shape {shape}" if shape else f"a header of {axes} axes"
        raise InputError(f"{file} has {len(data)} bytes and its header states {stated}, for {what}; get the whole file again")
    return np.frombuffer(data, kind, offset=start).reshape(shape).astype(kind.newbyteorder("="))


def mnist(folder: Path | str) -> Images:
    """MNIST, or any data set in its four files (train|t10k)-(images-idx3|labels-idx1)-ubyte, with or without .gz.

    Args:
        folder: where the files are.

    Raises:
        InputError: a file is missing, damaged or of another size or type, images and labels are not equally many, there are none, or
            the test images are of another size than the training images.
    """
    here = _path(folder, "folder")
    found: list[np.ndarray] = []
    for part in ("train", "t10k"):
        pair = [_idx_file(here, f"{part}-{kind}-ubyte") for kind in ("images-idx3", "labels-idx1")]
        images, labels = (read_idx(path) for path in pair)
        for path, array, axes in zip(pair, (images, labels), (3, 1), strict=True):
            if array.ndim != axes:
                raise InputError(f"{path} holds an array of shape {array.shape}; write one with {axes} axes")
            if array.dtype != np.uint8:
                raise InputError(f"{path} holds numbers of the type {array.dtype}; write unsigned bytes, as its name says")
            if not array.size:
                raise InputError(f"{path} holds an array of shape {array.shape}, which is empty; get the whole file again")
        if found and images.shape[1:] != found[0].shape[1:]:
            raise InputError(f"{pair[0]} has images of shape {images.shape[1:]} and the training set {found[0].shape[1:]}; write one size")
        if len(images) != len(labels):
            raise InputError(f"{pair[0]} has {len(images)} images and {pair[1]} {len(labels)} labels; write as many of each")
        found += [images, labels]
    return Images(*found)


def cifar10(folder: Path | str, records: int = 10_000) -> Images:
    """CIFAR-10 in its binary version: data_batch_1.bin to data_batch_5.bin and test_batch.bin.

    Args:
        folder: where the files are.
        records: images in each file, at least 1.

    Raises:
        InputError: `records` is no whole number from 1 on, or a file is missing or of another size (the message names it and both
            sizes), or holds a label above 9.
    """
    if isinstance(records, bool) or not isinstance(records, Integral) or records < 1:
        raise InputError(f"records={records!r}; write how many images each file has, for example 10000")
    here, count = _path(folder, "folder"), int(records)
    parts = [_cifar_file(here / f"{name}.bin", count) for name in [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]]
    train = np.concatenate(parts[:-1])
    shape = (-1, 3, 32, 32)
    return Images(train[:, 1:].reshape(shape), train[:, 0], parts[-1][:, 1:].reshape(shape), parts[-1][:, 0])


def digits() -> tuple[np.ndarray, np.ndarray]:
    """The 1797 handwritten digits of 8 × 8 pixels that come with scikit-learn.

    Returns:
        Brightness from 0 to 16, shape (1797, 8, 8), and labels from 0 to 9, shape (1797,).

    Raises:
        Undecided: scikit-learn is not installed; the message names the extra.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise Undecided('the digits come with scikit-learn, which is not installed; pip install "theorycheck[test]"') from None
    found = load_digits()
    return found.images, found.target


def _path(value: Any, what: str) -> Path:
    try:
        path = Path(value)
    except TypeError:
        raise InputError(f"the {what} is {value!r}; write its path as text or a Path") from None
    if "\0" in str(path):
        raise InputError(f"the {what} is {str(path)!r}, and no path has a NUL character; write its path")
    return path


def _contents(file: Path) -> bytes:
    try:
        data = file.read_bytes()
        return gzip.decompress(data) if file.suffix == ".gz" else data
    except OSError as error:
        if not isinstance(error, gzip.BadGzipFile):
            raise InputError(f"{file} cannot be read ({error.strerror}); write a folder that has it") from None
        problem: Exception = error
    except (EOFError, zlib.error) as error:
        problem = error
    raise InputError(f"{file} has {file.stat().st_size} bytes and is no whole gzip file ({problem}); get the whole file again")


def _idx_file(folder: Path, name: str) -> Path:
    for ending in ("", ".gz"):
        if (folder / (name + ending)).is_file():
            return folder / (name + ending)
    raise InputError(f"{folder} has neither {name} nor {name}.gz; put the four files of MNIST there")


def _cifar_file(path: Path, records: int) -> np.ndarray:
    data = _contents(path)
    if len(data) != records * _CIFAR_RECORD:
        raise InputError(f"{path} has {len(data)} bytes instead of {records * _CIFAR_RECORD}, {records} records of {_CIFAR_RECORD}")
    found = np.frombuffer(data, np.uint8).reshape(records, _CIFAR_RECORD)
    if found[:, 0].max(initial=0) > 9:
        place = int(np.argmax(found[:, 0] > 9))
        raise InputError(f"{path} has the label {found[place, 0]} in record {place}; CIFAR-10 has labels from 0 to 9")
    return found
