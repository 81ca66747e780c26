"""Image files that the tests write themselves: what is read, and what is refused by the name of the file and its sizes."""

import builtins
import gzip

import numpy as np
import pytest

from theorycheck.errors import InputError, Undecided
from theorycheck.network.images import cifar10, digits, mnist, read_idx


def idx(array):
    code = {"u1": 0x08, "i2": 0x0B, "f4": 0x0D}[array.dtype.str[1:]]
    sizes = b"".join(int(n).to_bytes(4, "big") for n in array.shape)
    return bytes([0, 0, code, array.ndim]) + sizes + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.fixture
def pictures():
    return np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)


@pytest.fixture
def folder(tmp_path, pictures):
    for part, count in (("train", 3), ("t10k", 2)):
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(idx(pictures[:count]))
        (tmp_path / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(np.arange(count, dtype=np.uint8))))
    return tmp_path


@pytest.mark.parametrize("kind", ["u1", "i2", "f4"])
def test_an_idx_file_is_read_as_written(tmp_path, kind):
    array = np.array([[1, 2, 3], [4, 5, 60]], dtype=kind)
    (tmp_path / "a.idx").write_bytes(idx(array))
    found = read_idx(tmp_path / "a.idx")
    assert found.tolist() == array.tolist() and found.dtype.isnative


def test_mnist_plain_and_gzipped(folder, pictures):
    found = mnist(folder)
    assert found.train.tolist() == pictures.tolist() and found.train_labels.tolist() == [0, 1, 2]
    assert found.test.shape == (2, 4, 5) and found.test_labels.tolist() == [0, 1]


@pytest.mark.parametrize("length", [75, 77])
def test_another_size_than_stated_is_refused_with_both(folder, pictures, length):
    path = folder / "train-images-idx3-ubyte"
    path.write_bytes((idx(pictures) + b"\0")[:length])
    with pytest.raises(InputError, match=f"train-images-idx3-ubyte has {length} bytes and its header states 76"):
        mnist(folder)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "first bytes are none"),
        (b"\x89PNG", "does not begin like an IDX file"),
        (b"\0\0\x08\x03\0\0", "has 6 bytes and its header states 16, for a header of 3 axes"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "has 16 bytes and its header states 79228162458924105385300197391"),
    ],
)
def test_what_is_no_idx_file(tmp_path, data, message):
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(InputError, match=message):
        read_idx(tmp_path / "a")


@pytest.mark.parametrize("cut", [5, 20, -4])
def test_a_truncated_gzip_file(folder, cut):
    path = folder / "train-labels-idx1-ubyte.gz"
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    with pytest.raises(InputError, match=rf"train-labels-idx1-ubyte.gz has {len(whole[:cut])} bytes and is no whole gzip file"):
        mnist(folder)


def test_a_file_that_is_not_gzipped(folder):
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(b"plain text")
    with pytest.raises(InputError, match="no whole gzip file"):
        mnist(folder)


def test_missing_files_and_folders(folder):
    with pytest.raises(InputError, match="cannot be read"):
        read_idx(folder / "none")
    (folder / "t10k-images-idx3-ubyte").unlink()
    with pytest.raises(InputError, match=r"neither t10k-images-idx3-ubyte nor t10k-images-idx3-ubyte.gz"):
        mnist(folder)


def test_images_and_labels_must_be_equally_many(folder):
    (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(np.zeros(5, np.uint8))))
    with pytest.raises(InputError, match=r"t10k-images-idx3-ubyte has 2 images and .*gz 5 labels"):
        mnist(folder)
    (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(np.zeros((5, 1), np.uint8))))
    with pytest.raises(InputError, match="shape .5, 1.; write one with 1 axes"):
        mnist(folder)


@pytest.fixture
def batches(tmp_path):
    rng = np.random.default_rng(0)
    written = {}
    for name in [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]:
        written[name] = rng.integers(0, 256, (2, 3073), dtype=np.uint8)
        written[name][:, 0] %= 10
        (tmp_path / f"{name}.bin").write_bytes(written[name].tobytes())
    return tmp_path, written


def test_cifar_is_read_as_written(batches):
    folder, written = batches
    found = cifar10(folder, records=2)
    assert found.train.shape == (10, 3, 32, 32) and found.test.shape == (2, 3, 32, 32)
    second = written["data_batch_2"]
    assert found.train[2:4].reshape(2, -1).tolist() == second[:, 1:].tolist()
    assert found.train_labels[2:4].tolist() == second[:, 0].tolist()
    # the pixel in row 3 and column 5 of the green picture, by its place in the record
    assert found.test[1, 1, 3, 5] == written["test_batch"][1, 1 + 1024 + 3 * 32 + 5]


def test_cifar_of_another_size(batches):
    folder, written = batches
    with pytest.raises(InputError, match="data_batch_1.bin has 6146 bytes instead of 30730000"):
        cifar10(folder)
    (folder / "test_batch.bin").write_bytes(written["test_batch"].tobytes()[:-1])
    with pytest.raises(InputError, match="test_batch.bin has 6145 bytes instead of 6146"):
        cifar10(folder, records=2)


def test_cifar_with_an_impossible_label(batches):
    folder, written = batches
    written["data_batch_3"][1, 0] = 11
    (folder / "data_batch_3.bin").write_bytes(written["data_batch_3"].tobytes())
    with pytest.raises(InputError, match="data_batch_3.bin has the label 11 in record 1"):
        cifar10(folder, records=2)


def test_digits_are_those_of_scikit_learn():
    pytest.importorskip("sklearn")
    pictures, labels = digits()
    assert pictures.shape == (1797, 8, 8) and pictures.min() == 0 and pictures.max() == 16
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_without_scikit_learn_the_extra_is_named(monkeypatch):
    true = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.startswith("sklearn"):
            raise ImportError(name)
        return true(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(Undecided, match=r"scikit-learn, which is not installed; pip install .theorycheck\[test\]"):
        digits()
