"""A person goes, the rows stay as nobody's: from the landing zone to the lists that tools were given.

`erase` is the way through: `persons` finds all identifiers of the persons named, `tombstones` keeps a keyed
hash of each with the pseudonym that takes its place, and everything else applies these to one kind of place:
`delivered` to files of the landing zone (also at the door, to files that come later), `lake` to what was read
of them, `lists` to exports; `search` looks whether anything is left.
"""
