"""What the models are learnt from, as their cards and files must say."""

LICENCE = "Apache-2.0; learnt from recordings under the terms listed under sources"

VSCO = "VSCO 2 CE, Versilian Studios; recorded by Sam Gossner & Simon Dalzell, CC0 1.0, modified"
IOWA = "University of Iowa Electronic Music Studios (free for any use), modified"
PHILHARMONIA = "Philharmonia Orchestra sound samples, CC BY-SA 3.0, modified"

SOURCES = {
    "flute": [
        "Ixox Flute by Xavier Hosxe, SFZ/FLAC version by kinwie, CC BY 4.0, modified",
        VSCO, PHILHARMONIA],
    "violin": [
        "J. S. Bach, Partita No. 1 BWV 1002, John Garner (Musopen), CC BY 3.0, modified",
        "J. S. Bach, Sonata No. 2 BWV 1003, MinJi Kim (YouTube), CC BY 3.0, modified",
        VSCO, IOWA, PHILHARMONIA],
    "trumpet": [VSCO, IOWA, PHILHARMONIA],
    "piano": ["Splendid Grand Piano (Akai Steinway set), public domain, modified"],
}
