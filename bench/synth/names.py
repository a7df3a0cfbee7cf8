# ruff: noqa: E501 - the pools are tables
"""People's names: pools per naming culture, made of syllables, so small that homonyms occur as often as they do in life.

A name is a family name, one or two given names and a culture, which says in which order and script it is written.
No name needs escaping in JSON.
"""

import random
import unicodedata
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bench.synth import rates


@dataclass(frozen=True)
class Culture:
    """How one part of the world makes names. `native` maps romanised syllables to their own script, "" where that is Latin."""

    weight: float
    family: tuple[str, ...]
    given: tuple[str, ...]
    families: int
    givens: int
    family_first: bool = False
    particles: tuple[str, ...] = ()
    initial: float = 0.0
    joint: str = ""
    joins_native: bool = False
    lowers_given: bool = False
    native: dict[str, str] = field(default_factory=dict)


def _pairs(text: str) -> dict[str, str]:
    return dict(zip(text.split()[::2], text.split()[1::2], strict=True))


_CHINESE = _pairs(
    "Wang 王 Li 李 Zhang 张 Liu 刘 Chen 陈 Yang 杨 Huang 黄 Zhao 赵 Wu 吴 Zhou 周 Xu 徐 Sun 孙 Ma 马 Zhu 朱 Hu 胡 Guo 郭 He 何 Lin 林 Gao 高 "
    "Luo 罗 Zheng 郑 Liang 梁 Xie 谢 Song 宋 Tang 唐 Lü 吕 Deng 邓 Feng 冯 Han 韩 Cao 曹 Zeng 曾 Peng 彭 Xiao 肖 Cai 蔡 Pan 潘 Tian 田 Dong 董 Yuan 袁"
)
_CHINESE_GIVEN = _pairs(
    "wei 伟 fang 芳 na 娜 min 敏 jing 静 li 丽 qiang 强 lei 磊 jun 军 yang 洋 yong 勇 yan 艳 jie 杰 juan 娟 tao 涛 ming 明 chao 超 xiu 秀 xia 霞 "
    "ping 平 gang 刚 gui 桂 ying 英 hua 华 yu 玉 jian 建 guo 国 zhi 志 xin 新 hong 红 bo 波 hui 辉 ning 宁 long 龙 cheng 成 dan 丹 rui 睿 han 涵"
)
_KOREAN = _pairs(
    "Kim 김 Lee 이 Park 박 Choi 최 Jung 정 Kang 강 Cho 조 Yoon 윤 Jang 장 Lim 임 Han 한 Oh 오 Seo 서 Shin 신 Kwon 권 Hwang 황 Ahn 안 Song 송"
)
_KOREAN_GIVEN = _pairs(
    "min 민 jun 준 seo 서 ji 지 hyun 현 woo 우 young 영 soo 수 jin 진 ho 호 kyung 경 hee 희 sung 성 eun 은 dong 동 hye 혜 tae 태 yeon 연"
)
_JAPANESE = _pairs(
    "Sa 佐 tō 藤 Suzu 鈴 ki 木 Taka 高 hashi 橋 Ta 田 naka 中 Wata 渡 nabe 辺 I 伊 Yama 山 moto 本 Naka 中 mura 村 Ko 小 bayashi 林 Ka 加 da 田 Ya 矢 guchi 口 Ishi 石 kawa 川"
)
_JAPANESE_GIVEN = _pairs(
    "Hi 陽 ro 朗 shi 志 Ken 健 ta 太 Yu 優 ko 子 Ha 春 ru 流 ka 香 Da 大 suke 輔 Na 奈 mi 美 Taka 隆 yuki 之 Ma 真 sa 沙 to 人"
)
_CYRILLIC = _pairs(
    "A а B б V в G г D д E е Zh ж Z з I и K к L л M м N н O о P п R р S с T т U у F ф Kh х Ch ч Sh ш Ya я Yu ю "
    "a а b б v в g г d д e е zh ж z з i и k к l л m м n н o о p п r р s с t т u у f ф kh х ch ч sh ш ya я yu ю y ы"
)
_GREEK = _pairs(
    "A Α V Β G Γ D Δ E Ε Z Ζ I Ι K Κ L Λ M Μ N Ν O Ο P Π R Ρ S Σ T Τ F Φ a α v β g γ d δ e ε z ζ i ι k κ l λ m μ n ν o ο p π r ρ s σ t τ u υ f φ"
)
_ARABIC = _pairs(
    "A ا B ب T ت J ج H ح D د R ر Z ز S س Sh ش F ف Q ق K ك L ل M م N ن W و Y ي a ا b ب t ت j ج h ه d د r ر z ز s س sh ش f ف q ق k ك l ل m م n ن w و y ي i ي u و"
)

CULTURES = (
    Culture(  # English
        0.24, ("Al|Ash|Bar|Brad|Car|Clif|Dal|Ed|Fair|Gar|Hal|Har|Hol|John|Ken|Mac|Mor|Nor|O'Bri|Ox|Pat|Rich|Ro|Stan|Tho|Wal|Wil|Wood",
               "ber|bur|den|el|er|i|lin|man|ming|o|ri|s|ter|the|win", "by|d|en|er|field|ford|ham|ley|man|n|s|son|ston|ton|well|y"),
        ("Al|An|Ben|Ca|Chris|Da|E|Em|Gra|Ja|Jo|Ka|La|Ma|Mi|Na|Ni|Pe|Ra|Ro|Sa|Ste|Tho|Wil", "a|bert|ce|chael|dy|ham|la|lia|lie|mas|mes|n|na|nce|ne|ra|rah|ry|seph|ter|than|vid|ven"),
        2_500, 320, initial=0.55),
    Culture(  # German, Nordic
        0.11, ("Bäck|Berg|Brü|Dör|Eng|Fisch|Grø|Hüb|Jør|Käst|Krö|Lind|Mül|Nygå|Sø|Schä|Schrö|Stö|Weiß|Øst|Åker", "el|en|er|g|in|n|s", "berg|feld|gaard|gen|hardt|ler|mann|ner|sen|sson|ström"),
        ("An|Bjö|Chri|Die|E|Frie|Ger|Hein|In|Jo|Jür|Kat|Lo|Mag|Rei|Sö|Ul|Wolf", "a|bert|der|ga|gen|hard|ka|nus|ren|rich|rin|rn|stian|tte"),
        1_500, 240, particles=("von",), initial=0.2),
    Culture(  # French, Spanish, Portuguese, Italian
        0.15, ("Al|Bel|Ca|Cas|Di|Fer|Gar|Gon|Hé|Jo|La|Mar|Men|Mu|Nú|Pé|Ro|Sán|Val|Ve", "ba|can|da|de|drí|la|lle|mi|na|ro|ta|va|vi", "chez|cía|guez|ier|ini|let|llo|nd|ño|rão|res|tti|z|zal"),
        ("Ale|An|Be|Ca|Cé|Fran|Gi|Hé|Isa|Je|Jo|Lu|Ma|Mi|Ni|Pa|Ra|So|Va", "belle|blo|can|cía|co|cile|dré|fa|gio|lia|lène|lo|na|nio|rie|ría|sco|sé|vier"),
        1_800, 260, particles=("de", "de la", "da", "Le"), initial=0.12),
    Culture(0.02, ("Kó|Na|Sza|Tó|Var|Hor|Ne|Ke|Bo", "bó|csi|de|ga|ke|ré|th|vá", "gy|nyi|r|s|th|ti|i"), ("Á|Bé|Esz|Gá|Ist|Jó|Ka|Lász|Zsó", "bor|dám|la|lin|lló|ter|ván|zsef"), 260, 60, family_first=True),  # Hungarian
    Culture(0.05, ("Ać|Bab|Dvo|Ho|Ja|Ko|Kra|Łu|Ma|No|Pro|Sko|Šimo|Wiś|Ža", "go|ni|re|rá|va|wa|čko|wal|zi", "cki|čák|ić|k|ková|ński|ský|vá|wicz"), ("An|Da|Ja|Ka|Lu|Ma|Mi|O|Pa|To|Zo", "cek|fie|kub|káš|lena|na|nuš|rie|roslav|rek|vel|máš"), 900, 140, initial=0.06),  # West Slavic
    Culture(0.05, ("Iv|Kuz|Mor|Nov|Pav|Pet|Rom|Sid|Sok|Vas|Zakh|Bel|Gor", "a|e|i|o|an|il|en|ar|ol", "nov|rov|lev|min|kin|enko|sky|tin|dov"), ("A|Bo|Di|E|I|Ko|Ma|Ni|O|Se|Ta|Vla|Yu", "gor|kita|leg|leksei|lena|mitri|ndrei|nstantin|ria|rgei|ris|tyana|dimir|lia"), 700, 110, initial=0.5, native=_CYRILLIC),
    Culture(0.02, ("Pap|Geor|Nik|Dim|Kon|Pan|Al|Vas", "a|o|ad|an|at|il|op", "poulos|giou|laou|idis|akis|tzis|eas"), ("A|Di|E|Ge|I|Ka|Ma|Ni|So", "leni|mitra|orgos|oannis|ria|kos|fia|terina|lexis"), 300, 70, native=_GREEK),
    Culture(0.03, ("Ak|Ars|Çe|Do|Er|Gü|Ka|Kı|Öz|Şa|Yıl|Yü", "de|gan|ka|la|lı|ra|tür|can", "han|k|maz|n|oğlu|r|z|lik"), ("Ah|Ay|Bü|Em|Fat|İb|Meh|Mus|Öz|Şe|Zey", "han|ma|met|nep|rahim|re|şe|lent|tafa|yma"), 420, 90),  # Turkish
    Culture(0.05, ("Sha|Ham|Nas|Qah|Zah|Say|Far|Mans|Tam|Bak|Kha", "a|i|ma|ra|wi|ta", "d|ri|tani|li|mi|ni|wi|r|far"), ("Ab|Ah|Fa|Ha|Kha|Lay|Mu|Om|Sa|Ya|Za", "dullah|hmad|lid|la|nab|ni|r|san|sef|tima|hammad|id"), 480, 100, particles=("Al-", "Al-", "El-"), initial=0.3, native=_ARABIC),
    Culture(0.07, ("Ban|Bha|Cha|Das|Gup|Iy|Ja|Kri|Kum|Me|Mu|Na|Pa|Ra|Rao|Sha|Sin|Sub|Ve", "di|er|gan|kha|la|ma|na|ra|sh|ta|tta", "gh|i|jee|kar|nan|r|rma|shan|tel|than"), ("A|An|Ash|De|Ki|La|Ma|Ni|Pri|Ra|Sa|Su|Vi", "han|hul|jay|jit|kash|kshmi|mita|nil|ran|shok|shish|ya"), 900, 160, initial=0.35),  # Indian
    Culture(0.10, tuple(_CHINESE), tuple(_CHINESE_GIVEN), 0, 0, joins_native=True, lowers_given=True, native=_CHINESE | _CHINESE_GIVEN),
    Culture(0.04, tuple(_KOREAN), tuple(_KOREAN_GIVEN), 0, 0, joint="-", joins_native=True, lowers_given=True, native=_KOREAN | _KOREAN_GIVEN),
    Culture(0.04, ("Sa|Suzu|Taka|Ta|Wata|I|Yama|Naka|Ko|Ka|Ya|Ishi", "tō|ki|hashi|naka|nabe|moto|mura|bayashi|da|guchi|kawa"), ("Hi|Ken|Yu|Ha|Da|Na|Taka|Ma", "ro|shi|ta|ko|ru|ka|suke|mi|yuki|sa|to"), 130, 85, joins_native=True, native=_JAPANESE | _JAPANESE_GIVEN),
    Culture(0.03, ("Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý",), ("An|Anh|Bình|Châu|Dũng|Hà|Hải|Hiếu|Hùng|Hương|Khánh|Lan|Linh|Long|Minh|Nam|Ngọc|Phúc|Quang|Thảo|Thị|Trang|Tuấn|Văn",), 16, 24, family_first=True),
)  # fmt: skip

FAMILY_EXPONENT, GIVEN_EXPONENT = 0.85, 0.75
"""Of the Zipf laws by which names are given: a pool's first family name is a few per cent of its people."""


class People:
    """The names of `count` authors, 9 bytes each; every spelling is made when asked for."""

    def __init__(self, *, count: int, seed: int) -> None:
        pools = random.Random(f"names {seed}")
        rng = np.random.default_rng([seed, 1])
        self._families: list[str] = []
        self._givens: list[str] = []
        weights = np.array([culture.weight for culture in CULTURES])
        self._culture = rng.choice(len(CULTURES), size=count, p=weights / weights.sum()).astype(np.int8)
        self._family = np.zeros(count, dtype=np.int16)
        self._given = np.zeros(count, dtype=np.int16)
        self._second = np.full(count, -1, dtype=np.int16)
        for index, culture in enumerate(CULTURES):
            members = np.flatnonzero(self._culture == index)
            self._family[members] = self._added(self._families, families_of(culture, pools), FAMILY_EXPONENT, len(members), rng)
            givens = givens_of(culture, pools)
            self._given[members] = self._added(self._givens, givens, GIVEN_EXPONENT, len(members), rng)
            seconds = rng.random(len(members)) < (culture.initial or (0.7 if culture.family_first else 0.04))
            self._second[members[seconds]] = len(self._givens) - 1 - rng.integers(0, len(givens), size=int(seconds.sum()))
        self._has_orcid = rng.random(count) < rates.WITH_ORCID

    @staticmethod
    def _added(everything: list[str], pool: list[str], exponent: float, count: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
        first = len(everything)
        everything += pool
        weights = 1.0 / (np.arange(len(pool)) + 2.0) ** exponent
        share = np.cumsum(weights) / weights.sum()
        found: npt.NDArray[np.int64] = np.searchsorted(share, rng.random(count)) + first
        return found

    def __len__(self) -> int:
        return len(self._culture)

    def display(self, author: int) -> str:
        """Return the name as the record shows it."""
        culture = CULTURES[self._culture[author]]
        given, family, second = self._givens[self._given[author]], self._families[self._family[author]], self._second[author]
        if second >= 0:
            middle = self._givens[second]
            given = f"{given} {middle}" if not culture.initial else f"{given} {middle[0]}."
        return f"{family} {given}" if culture.family_first else f"{given} {family}"

    def initials(self, author: int) -> str:
        """Return the name with its given names cut to initials, "J.-P. Müller"."""
        given, second = self._givens[self._given[author]], self._second[author]
        cut = "-".join(f"{part[0].upper()}." for part in given.split("-"))
        if second >= 0:
            cut += f" {self._givens[second][0]}."
        return f"{cut} {self._families[self._family[author]]}"

    def inverted(self, author: int) -> str:
        """Return the name with the family name first and a comma."""
        return f"{self._families[self._family[author]]}, {self._givens[self._given[author]]}"

    def native(self, author: int) -> str:
        """Return the name in its own script and order, or without diacritics where that is Latin."""
        culture = CULTURES[self._culture[author]]
        given, family = self._givens[self._given[author]], self._families[self._family[author]]
        if not culture.native:
            return without_marks(self.display(author))
        if culture.joins_native:
            return spelled(family, culture) + spelled(given.lower() if culture.lowers_given else given, culture)
        return f"{spelled(given, culture)} {spelled(family, culture)}".title()

    def has_orcid(self, author: int) -> bool:
        """Tell whether the author has an ORCID iD."""
        return bool(self._has_orcid[author])

    def has_native(self, author: int) -> bool:
        """Tell whether the name has a script of its own."""
        return bool(CULTURES[self._culture[author]].native)

    def family(self, author: int) -> str:
        """Return the family name."""
        return self._families[int(self._family[author])]

    def given(self, author: int) -> str:
        """Return the first given name."""
        return self._givens[int(self._given[author])]


def families_of(culture: Culture, rng: random.Random) -> list[str]:
    """Return the family names of a culture, the most frequent first."""
    if not culture.families:
        return list(culture.family)
    names = syllabic(culture.family, culture.families, rng)
    if not culture.particles:
        return names
    joined = [
        particle + name if particle.endswith("-") else f"{particle} {name}"
        for name in names
        for particle in (rng.choice(culture.particles),)
    ]
    return [
        with_particle if rng.random() < (0.5 if with_particle[2:3] == "-" else 0.08) else name
        for name, with_particle in zip(names, joined, strict=True)
    ]


def givens_of(culture: Culture, rng: random.Random) -> list[str]:
    """Return the given names of a culture: of one or two syllables where syllables are words, hyphenated where that is the custom."""
    if culture.givens:
        return syllabic(culture.given, culture.givens, rng)
    double = [
        first.capitalize() + culture.joint + (second.capitalize() if culture.joint else second)
        for first in culture.given
        for second in culture.given
        if first != second
    ]
    rng.shuffle(double)
    return ([syllable.capitalize() for syllable in culture.given] if not culture.joint else []) + double[:600]


def syllabic(columns: tuple[str, ...], count: int, rng: random.Random) -> list[str]:
    """Return up to `count` distinct names of one syllable a column; a middle column may be left out."""
    choices = [column.split("|") for column in columns]
    found: dict[str, None] = {}
    for _ in range(count * 12):
        parts = [rng.choice(column) for column in choices]
        if len(parts) == 3 and rng.random() < 0.4:
            del parts[1]
        found["".join(parts)] = None
        if len(found) == count:
            break
    return list(found)


def spelled(name: str, culture: Culture) -> str:
    """Return a romanised name in the culture's script, syllable by syllable or letter by letter, the longest first."""
    longest = max(map(len, culture.native))
    found, place = [], 0
    while place < len(name):
        for length in range(longest, 0, -1):
            if piece := culture.native.get(name[place : place + length]):
                found.append(piece)
                place += length
                break
        else:
            place += 1
    return "".join(found)


def without_marks(name: str) -> str:
    """Return a name without its diacritics, as many bibliographies print it."""
    return "".join(letter for letter in unicodedata.normalize("NFD", name) if not unicodedata.combining(letter))
