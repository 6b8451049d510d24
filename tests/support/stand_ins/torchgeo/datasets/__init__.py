"""Datasets with the samples of TorchGeo's classes of the same names, from PNG and NumPy files."""

import abc
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset


class DatasetNotFoundError(FileNotFoundError):
    def __init__(self, dataset):
        super().__init__(
            f"Dataset not found in `root={dataset.root!r}` and `download=False`, either specify a different `root` or "
            "use `download=True` to automatically download the dataset."
        )


class GeoDataset(Dataset, abc.ABC):
    """Asked by place: ``dataset[xmin:xmax, ymin:ymax]``."""

    def __init__(self, paths="data", transforms=None):
        self.paths = paths

    def __len__(self):
        return 1

    def __getitem__(self, query):
        raise TypeError("a slice of places is needed")


class NAIP(GeoDataset):
    pass


class NonGeoDataset(Dataset, abc.ABC):
    def _sample(self, sample):
        return sample if self.transforms is None else self.transforms(sample)

    def _opened(self, root, transforms, download):
        assert not download, "nothing is downloaded in tests"
        self.root, self.transforms = root, transforms


def rgb(path):
    """``[3, h, w]`` float of 0..255."""
    with Image.open(path) as image:
        return torch.from_numpy(np.array(image.convert("RGB"))).float().permute(2, 0, 1)


def grey(path):
    """``[h, w]`` int64."""
    with Image.open(path) as image:
        return torch.from_numpy(np.array(image.convert("L"))).to(torch.long)


class LEVIRCD(NonGeoDataset):
    """As on the main branch: ``image`` ``[2, 3, h, w]``, ``mask`` ``[1, h, w]`` of 0 and 1."""

    splits = {"train": {}, "val": {}, "test": {}}

    def __init__(self, root="data", split="train", transforms=None, download=False, checksum=False):
        assert split in self.splits
        self._opened(root, transforms, download)
        if not all((Path(root) / folder).is_dir() for folder in ("A", "B", "label")):
            raise DatasetNotFoundError(self)
        print("Files already downloaded and verified")
        self.files = sorted(path.name for path in (Path(root) / "A").glob(f"{split}*.png"))

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        root, name = Path(self.root), self.files[index]
        image = torch.stack([rgb(root / "A" / name), rgb(root / "B" / name)])
        return self._sample({"image": image, "mask": grey(root / "label" / name).clamp(0, 1)[None]})


class LEVIRCDPlus(NonGeoDataset):
    """As in releases 0.6 and 0.7: ``image1``, ``image2``, ``mask`` ``[h, w]``."""

    splits = ("train", "test")

    def __init__(self, root="data", split="train", transforms=None, download=False, checksum=False):
        assert split in self.splits
        self._opened(root, transforms, download)
        self.folder = Path(root) / "LEVIR-CD+" / split
        self.files = sorted(path.name for path in (self.folder / "A").glob("*.png"))

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        name = self.files[index]
        mask = grey(self.folder / "label" / name).clamp(0, 1)
        images = {f"image{n}": rgb(self.folder / side / name) for n, side in ((1, "A"), (2, "B"))}
        return self._sample({**images, "mask": mask})


class OSCD(NonGeoDataset):
    """``image`` ``[2, bands, h, w]`` of the samples' own range, ``mask`` ``[1, h, w]``."""

    splits = ("train", "test")
    rgb_bands = ("B04", "B03", "B02")
    all_bands = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")

    def __init__(self, root="data", split="train", bands=all_bands, transforms=None, download=False, checksum=False):
        assert split in self.splits
        assert set(bands) <= set(self.all_bands)
        self._opened(root, transforms, download)
        self.bands, self.files = bands, sorted((Path(root) / split).glob("*.npz"))

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        with np.load(self.files[index]) as file:
            chosen = [self.all_bands.index(band) for band in self.bands]
            image = torch.from_numpy(file["image"][:, chosen].astype(np.int_)).float()
            mask = torch.from_numpy(file["mask"]).to(torch.long)[None]
        return self._sample({"image": image, "mask": mask})


class BRIGHTDFC2025(NonGeoDataset):
    """The grey image after is repeated to three channels; ``mask`` ``[1, h, w]`` of 0 to 3, none in the test split."""

    classes = ("background", "intact", "damaged", "destroyed")
    valid_split = ("train", "val", "test")

    def __init__(self, root="data", split="train", transforms=None, download=False, checksum=False):
        self._opened(root, transforms, download)
        self.split, self.files = split, sorted((Path(root) / split).glob("*_before.png"))

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        before = self.files[index]
        after = grey(before.with_name(before.name.replace("before", "after"))).float()
        sample = {"image": torch.stack([rgb(before), after[None].repeat(3, 1, 1)])}
        if self.split != "test":
            sample["mask"] = grey(before.with_name(before.name.replace("before", "mask")))[None]
        return self._sample(sample)


class QuakeSet(NonGeoDataset):
    """``image`` ``[4, h, w]``: VV and VH before, VV and VH after; ``label`` and ``magnitude``."""

    splits = {"train": "train", "val": "validation", "test": "test"}
    classes = ("unaffected_area", "earthquake_affected_area")

    def __init__(self, root="data", split="train", transforms=None, download=False, checksum=False):
        self._opened(root, transforms, download)
        self.files = sorted((Path(root) / split).glob("*.npy"))

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        image = torch.from_numpy(np.load(self.files[index]).astype(np.float32))
        label = int(self.files[index].stem.rpartition("_")[2])
        return self._sample({"image": image, "label": torch.tensor(label), "magnitude": torch.tensor(5.5)})


class RESISC45(NonGeoDataset):
    """A set of folders by class: ``image`` ``[3, h, w]`` float of 0..255, ``label`` int64; ``classes`` of its own."""

    splits = ("train", "val", "test")

    def __init__(self, root="data", split="train", transforms=None, download=False, checksum=False):
        assert split in self.splits
        self._opened(root, transforms, download)
        self.classes = sorted(path.name for path in Path(root).iterdir())
        listed = sorted(Path(root).glob(f"*/{split}_*.png"))
        self.imgs = [(path, self.classes.index(path.parent.name)) for path in listed]

    def __len__(self):
        return len(self.imgs)

    def __getitem__(self, index):
        path, label = self.imgs[index]
        return self._sample({"image": rgb(path), "label": torch.tensor(label)})


class LoveDA(NonGeoDataset):
    """``mask`` ``[h, w]`` of 0 (no data) to 7, which ``classes`` does not follow; none in the test split."""

    splits = ("train", "val", "test")
    classes = ("background", "building", "road", "water", "barren", "forest", "agriculture", "no-data")

    def __init__(self, root="data", split="train", scene=("urban", "rural"), transforms=None, download=False):
        self._opened(root, transforms, download)
        self.split, self.files = split, sorted((Path(root) / split / "images_png").glob("*.png"))

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        path = self.files[index]
        sample = {"image": rgb(path)}
        if self.split != "test":
            sample["mask"] = grey(path.parents[1] / "masks_png" / path.name)
        return self._sample(sample)


class PASTIS(NonGeoDataset):
    """A series of any length: ``image`` ``[dates, 10, h, w]`` int16, ``mask`` ``[h, w]``; folds, and no splits."""

    classes = ("background", "meadow")

    def __init__(
        self, root="data", folds=(1, 2, 3, 4, 5), bands="s2", mode="semantic", transforms=None, download=False
    ):
        self._opened(root, transforms, download)

    def __len__(self):
        return 1

    def __getitem__(self, index):
        image = torch.arange(3 * 10 * 8 * 8, dtype=torch.int16).reshape(3, 10, 8, 8)
        return self._sample({"image": image, "mask": torch.ones(8, 8, dtype=torch.long)})


def not_a_dataset(**arguments):
    raise AssertionError("only classes of datasets are called")
