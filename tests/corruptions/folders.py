"""Mistakes with a corpus as a whole, made in a small corpus of real articles: splits, ids, passes, stray files, links."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

from corruptions.material import Corruption, Expected, Material, operator, read_material


@dataclass(frozen=True)
class Corner:
    """A corpus of a few articles below `root`; the first id is the article that the mistake is made with."""

    root: Path
    ids: tuple[str, ...]

    def material(self, article: str, where: str = "gold") -> Material:
        return read_material(self.root, article, where)

    @property
    def first(self) -> Material:
        return self.material(self.ids[0])

    def across(self) -> tuple[Material, Material] | None:
        """The first article and one of another split, in order of their names: the later one is told of."""
        other = next((m for m in map(self.material, self.ids[1:]) if m.values["split"] != self.first.values["split"]), None)
        return tuple(sorted((self.first, other), key=lambda m: m.text_path)) if other else None


def _with_front(m: Material, key: str, value: str) -> bytes:
    return m.fronted(key, f"{key}: {value}").files[m.text_path]


@operator("corpus", "E405")
def event_in_two_splits(c: Corner, random: Random) -> Corruption | None:
    """A second article on an event put into another split."""
    pair = c.across()
    if not pair:
        return None
    earlier, later = pair
    return Corruption({later.text_path: _with_front(later, "event", earlier.values["event"])}, (Expected("E405", later.text_path, later.front_line("split"), later.id),))


@operator("corpus", "E405")
def split_changed(c: Corner, random: Random) -> Corruption | None:
    """One of two articles on an event moved to another split."""
    event, (first, other) = "gempa-bersama", (c.first, c.material(c.ids[1]))
    earlier, later = sorted((first, other), key=lambda m: m.text_path)
    split = next(s for s in ("train", "validation", "test") if s != earlier.values["split"])
    text = _with_front(later, "event", event).decode().replace(f"\nsplit: {later.values['split']}\n", f"\nsplit: {split}\n", 1)
    files = {earlier.text_path: _with_front(earlier, "event", event), later.text_path: text.encode()}
    return Corruption(files, (Expected("E405", later.text_path, later.front_line("split"), later.id),))


def _brands(c: Corner, disguise: str) -> Corruption | None:
    pair = c.across()
    if not pair:
        return None
    earlier, later = pair
    files = {earlier.text_path: _with_front(earlier, "brands", "[gacorwangi88]"), later.text_path: _with_front(later, "brands", f"[{disguise}]")}
    return Corruption(files, (Expected("E406", later.text_path, later.front_line("brands"), later.id),))


@operator("corpus", "E406")
def brand_in_two_splits(c: Corner, random: Random) -> Corruption | None:
    """The same brand in the spam of two splits."""
    return _brands(c, "gacorwangi88")


@operator("corpus", "E406")
def brand_in_disguise(c: Corner, random: Random) -> Corruption | None:
    """The same brand in two splits, once in digits, capitals or Cyrillic."""
    return _brands(c, random.choice(["G4C0RWANGI88", "g\u0430cor w\u0430ngi 88", "\u0262ACORWANGI88", "GacorWangi-88"]))


def _copies(c: Corner, count: int) -> Corruption | None:
    """The first article again in so many other splits, each time under another id; each copy is named once."""
    m = c.first
    if not m.text:
        return None
    files, expected = {}, []
    for split in [name for name in ("train", "validation", "test") if name != m.values["split"]][:count]:
        new = f"zz-{split[:2]}-{m.id}"[:80]
        text = m.source.replace(f"\nsplit: {m.values['split']}\n", f"\nsplit: {split}\n", 1).replace(f"\nevent: {m.values['event']}\n", f"\nevent: {new}\n", 1)
        files[f"corpus/{new}.txt"] = text.replace(f"\nbrands: {m.values['brands']}\n", "\nbrands: []\n", 1).encode()
        for where in ("gold", "pass-a", "pass-b"):
            files[f"annotations/{where}/{new}.json"] = c.material(m.id, where).raw.replace(f'"article": "{m.id}"', f'"article": "{new}"', 1).encode()
        expected.append(Expected("E407", f"corpus/{new}.txt", m.text_line(0), new))
    return Corruption(files, tuple(expected))


@operator("corpus", "E407")
def rewritten_in_another_split(c: Corner, random: Random) -> Corruption | None:
    """An article put in a second time under another id, in another split."""
    return _copies(c, 1)


@operator("corpus", "E407")
def rewritten_in_every_split(c: Corner, random: Random) -> Corruption | None:
    """An article put in twice more under other ids, once in each of the other splits: each copy is named once."""
    return _copies(c, 2)


@operator("corpus", "E402")
def retired_id_used(c: Corner, random: Random) -> Corruption | None:
    """A retired id given to another article."""
    return Corruption({"corpus/retired.json": f'{{"{c.first.id}": null}}\n'.encode()}, (Expected("E402", c.first.text_path, 1, c.first.id),))


@operator("corpus", "I403")
def gold_lost(c: Corner, random: Random) -> Corruption | None:
    """The gold of an article removed: it drops out of the release, and that is said."""
    return Corruption({c.first.path: None}, (Expected("I403", c.first.text_path, 1, c.first.id),))


@operator("corpus", "W404")
def pass_lost(c: Corner, random: Random) -> Corruption | None:
    """A pass of an article removed, as if gold were enough."""
    where = random.choice(["pass-a", "pass-b"])
    return Corruption({f"annotations/{where}/{c.first.id}.json": None}, (Expected("W404", c.first.text_path, 1, c.first.id, where),))


@operator("corpus", "E011")
def text_lost(c: Corner, random: Random) -> Corruption | None:
    """A text removed and its annotations left."""
    paths = [f"annotations/{where}/{c.first.id}.json" for where in ("gold", "pass-a", "pass-b")]
    return Corruption({c.first.text_path: None}, tuple(Expected("E011", path, 1, None) for path in paths))


def _stray(path: str, data: bytes = b"x\n", where: str = "") -> Corruption:
    return Corruption({path: data}, (Expected("E011", where or path, 1, None),))


@operator("corpus", "E011")
def backup_left(c: Corner, random: Random) -> Corruption | None:
    """The backup of an editor left beside the file."""
    return _stray(random.choice([c.first.text_path, c.first.path]) + random.choice(["~", ".bak", ".orig", ".swp"]), c.first.source.encode())


@operator("corpus", "E011")
def copy_left(c: Corner, random: Random) -> Corruption | None:
    """A copy of a document left beside it, as file managers name them."""
    return _stray(c.first.path.replace(".json", random.choice([" (1).json", "-copy.json", " 2.json"])), c.first.raw.encode())


@operator("corpus", "E011")
def ending_wrong(c: Corner, random: Random) -> Corruption | None:
    """A file with an ending in capitals or of another format."""
    return _stray(random.choice([f"corpus/{c.first.id}.TXT", f"corpus/{c.first.id}.md", f"annotations/gold/{c.first.id}.jsonl", f"annotations/gold/{c.first.id}.ann"]))


@operator("corpus", "E011")
def third_pass(c: Corner, random: Random) -> Corruption | None:
    """A third pass under a name that no command knows."""
    name = random.choice(["pass-c", "Gold", "pass_a"])
    return _stray(f"annotations/{name}/{c.first.id}.json", c.first.raw.encode(), f"annotations/{name}")


@operator("corpus", "E002")
def linked_outside(c: Corner, random: Random) -> Corruption | None:
    """A document kept elsewhere and linked to."""
    return Corruption({c.first.path: "/etc/hostname"}, (Expected("E002", c.first.path, 1, c.first.id),))


@operator("corpus", "E001")
def link_broken(c: Corner, random: Random) -> Corruption | None:
    """A link to a file that is gone."""
    return Corruption({c.first.path: "gone.json"}, (Expected("E001", c.first.path, 1, c.first.id),))


@operator("corpus", "E001")
def folder_for_file(c: Corner, random: Random) -> Corruption | None:
    """A folder in the place of a file, after an archive was unpacked."""
    return Corruption({c.first.path: None, f"{c.first.path}/{c.first.id}.json": c.first.raw.encode()}, (Expected("E001", c.first.path, 1, c.first.id),))


@operator("corpus", "E003")
def file_huge(c: Corner, random: Random) -> Corruption | None:
    """A text to which a crawl was appended."""
    return Corruption({c.first.text_path: c.first.source.encode() + b"x\n" * 4_500_000}, (Expected("E003", c.first.text_path, 1, c.first.id),))


@operator("corpus", "E107", "E108")
def documents_exchanged(c: Corner, random: Random) -> Corruption | None:
    """The documents of two articles exchanged by their names."""
    a, b = c.first, c.material(c.ids[1])
    expected = [Expected(code, m.path, line, m.id) for m in (a, b) for code, line in (("E107", 2), ("E108", 3))]
    return Corruption({a.path: b.raw.encode(), b.path: a.raw.encode()}, tuple(expected))


@operator("corpus", "E108")
def texts_exchanged(c: Corner, random: Random) -> Corruption | None:
    """The texts of two articles exchanged by their names."""
    a, b = c.first, c.material(c.ids[1])
    return Corruption({a.text_path: b.source.encode(), b.text_path: a.source.encode()}, tuple(Expected("E108", m.path, 3, m.id) for m in (a, b)))


@operator("corpus", "I410")
def one_file_asked(c: Corner, random: Random) -> Corruption | None:
    """One file validated alone: that the checks of the whole were not run is said, not passed over."""
    return Corruption({}, (Expected("I410", c.first.path, 1, None),))
