"""The states of the USA: USPS codes, names and usual abbreviations (USPS Publication 28)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


US_STATES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "AL": (
            "Alabama",
            "Ala",
        ),
        "AK": ("Alaska",),
        "AZ": (
            "Arizona",
            "Ariz",
        ),
        "AR": (
            "Arkansas",
            "Ark",
        ),
        "CA": (
            "California",
            "Calif",
            "Cal",
        ),
        "CO": (
            "Colorado",
            "Colo",
        ),
        "CT": (
            "Connecticut",
            "Conn",
        ),
        "DE": (
            "Delaware",
            "Del",
        ),
        "DC": (
            "District of Columbia",
            "Washington DC",
        ),
        "FL": (
            "Florida",
            "Fla",
        ),
        "GA": ("Georgia",),
        "HI": ("Hawaii",),
        "ID": ("Idaho",),
        "IL": (
            "Illinois",
            "Ill",
        ),
        "IN": (
            "Indiana",
            "Ind",
        ),
        "IA": ("Iowa",),
        "KS": (
            "Kansas",
            "Kans",
            "Kan",
        ),
        "KY": (
            "Kentucky",
            "Ky",
        ),
        "LA": ("Louisiana",),
        "ME": ("Maine",),
        "MD": ("Maryland",),
        "MA": (
            "Massachusetts",
            "Mass",
        ),
        "MI": (
            "Michigan",
            "Mich",
        ),
        "MN": (
            "Minnesota",
            "Minn",
        ),
        "MS": (
            "Mississippi",
            "Miss",
        ),
        "MO": ("Missouri",),
        "MT": (
            "Montana",
            "Mont",
        ),
        "NE": (
            "Nebraska",
            "Nebr",
            "Neb",
        ),
        "NV": (
            "Nevada",
            "Nev",
        ),
        "NH": ("New Hampshire",),
        "NJ": ("New Jersey",),
        "NM": (
            "New Mexico",
            "N Mex",
        ),
        "NY": ("New York",),
        "NC": (
            "North Carolina",
            "N Carolina",
        ),
        "ND": (
            "North Dakota",
            "N Dakota",
            "N Dak",
        ),
        "OH": ("Ohio",),
        "OK": (
            "Oklahoma",
            "Okla",
        ),
        "OR": (
            "Oregon",
            "Oreg",
            "Ore",
        ),
        "PA": (
            "Pennsylvania",
            "Penn",
            "Penna",
        ),
        "RI": ("Rhode Island",),
        "SC": (
            "South Carolina",
            "S Carolina",
        ),
        "SD": (
            "South Dakota",
            "S Dakota",
            "S Dak",
        ),
        "TN": (
            "Tennessee",
            "Tenn",
        ),
        "TX": (
            "Texas",
            "Tex",
        ),
        "UT": ("Utah",),
        "VT": ("Vermont",),
        "VA": ("Virginia",),
        "WA": (
            "Washington",
            "Wash",
        ),
        "WV": (
            "West Virginia",
            "W Virginia",
            "W Va",
        ),
        "WI": (
            "Wisconsin",
            "Wis",
            "Wisc",
        ),
        "WY": (
            "Wyoming",
            "Wyo",
        ),
        "AS": ("American Samoa",),
        "GU": ("Guam",),
        "MP": (
            "Northern Mariana Islands",
            "Commonwealth of the Northern Mariana Islands",
        ),
        "PR": ("Puerto Rico",),
        "VI": (
            "Virgin Islands",
            "US Virgin Islands",
        ),
    }
)
"""Fifty states, the District of Columbia and the territories with a code of their own."""
