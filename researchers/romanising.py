"""Further spellings of names, for search only: in Latin letters, written together, as others would spell them. Pure.

A record is found whichever form it holds, because both sides are spelled out. `further_words` gives the words stored
beside the folded name; `readings` gives what a word of a question may stand for. Latin words meet in their *skeleton*,
in which common ways to write one sound are one (Tchaikovsky, Chaykovskiy; Mueller, Müller). Scripts are read by
anyascii, and by short tables where a plain reading is not what people use: Chinese family names with a reading of their
own, Korean and Japanese family names, Arabic given names. Arabic, Hebrew and Indic words, which leave vowels out or imply
them, meet Latin ones by their consonants.

None of this decides who is who: keys under which bylines are resolved come from `researchers.names` alone.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from anyascii import anyascii

from researchers.names import PARTICLES, fold

CONSONANTS = "0"
"""Begins the words that are only consonants, so that they meet nothing but each other."""
SHORTEST_SKELETON = 4
"""Shorter ones are compared whole, not as beginnings: "in" would begin too much."""

_LONGEST_WORD = 60
_MOST_SYLLABLES = 6
_MOST_FORMS = 12
_CACHED = 1 << 16

_JOINED = PARTICLES | {"o", "d", "l", "mc", "mac", "saint", "st", "abu", "abd", "bar", "san", "santa"}
"""Words that some write together with the next one (van der Berg, Vanderberg; O Neill, ONeill)."""

_WRITTEN = (
    (r"^[yi]e(?=[vglkrf])", "e"),  # Yeltsin, Eltsin
    (r"^i(?=[aou])", "y"),  # Iurii, Yuri
    (r"shch|schtsch", "sh"),
    (r"tsch|tch|cz", "ch"),
    (r"sch", "sh"),
    (r"kh", "h"),
    (r"ph", "f"),
    (r"tz", "ts"),
    (r"ck", "k"),
    (r"x", "ks"),
    (r"w", "v"),
    (r"(?<=[aeo])f+$", "v"),  # Romanoff
    (r"ksander", "ksandr"),  # Alexander, Aleksandr
    (r"(?<![aeiouq])([aou])e(?=[bcdfghklmnrstvz][a-z])", r"\1"),  # Mueller, Schroedinger, Oersted
    (r"ou|oo", "u"),
    (r"(?<=.)[yj]", "i"),
    (r"([b-df-hj-np-tv-z]|a|i|u)\1+", r"\1"),
)
"""What is written, and what for; none of them leaves what it looks for, so that they come to an end."""
_SOUNDS = tuple((re.compile(pattern), replacement) for pattern, replacement in _WRITTEN)
_ANY_SOUND = re.compile("|".join(pattern for pattern, _ in (_WRITTEN[-1], *_WRITTEN[:-1])))  # the first one's group is \\1

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f]+")
_HANGUL = re.compile("[\uac00-\ud7a3]+")
_KANA = re.compile("[\u3041-\u309f\u30a0-\u30ff]+")
_GREEK_OR_CYRILLIC = re.compile("[\u0370-\u03ff\u0400-\u052f]+")
_GREEK = (("ου", "ou"), ("γγ", "ng"), ("γκ", "gk"), ("μπ", "b"), ("ντ", "nt"), ("ευ", "ev"), ("αυ", "av"), ("υ", "y"), ("χ", "ch"))
_DIGRAPHS = re.compile("([kgdtsc])h")
_VOWELS = re.compile("[aeiou]+|(?<=.)[wy]")
_TWICE = re.compile(r"(.)\1+")
_NOT_LETTERS = re.compile("[^a-z0-9]+")


def _table(text: str) -> dict[str, tuple[str, ...]]:
    """Read "曾 zeng, 呂 lu lv" into word -> readings."""
    return {word: tuple(readings) for word, *readings in (entry.split() for entry in text.split(","))}


_CHINESE_SURNAMES = _table(
    "曾 zeng, 单 shan, 單 shan, 仇 qiu, 解 xie, 区 ou, 區 ou, 查 zha, 翟 zhai, 盖 ge, 蓋 ge, 朴 piao, 缪 miao, 繆 miao, 吕 lu lv lyu, "
    "呂 lu lv lyu, 任 ren, 乐 yue, 樂 yue, 覃 qin tan, 尉 yu, 冼 xian, 折 she, 黑 he, 种 chong, 员 yun, 員 yun, 葛 ge, 召 shao, 万 wan, "
    "欧阳 ouyang, 歐陽 ouyang, 司马 sima, 司馬 sima, 诸葛 zhuge, 諸葛 zhuge, 上官 shangguan, 司徒 situ, 夏侯 xiahou, 皇甫 huangfu, "
    "尉迟 yuchi, 尉遲 yuchi, 长孙 zhangsun, 長孫 zhangsun, 慕容 murong, 令狐 linghu, 宇文 yuwen, 端木 duanmu, 东方 dongfang, 東方 dongfang"
)
_JAPANESE_SURNAMES = _table(
    "佐藤 sato, 鈴木 suzuki, 高橋 takahashi, 田中 tanaka, 伊藤 ito, 渡辺 watanabe, 渡邊 watanabe, 渡部 watanabe, 山本 yamamoto, "
    "中村 nakamura, 小林 kobayashi, 加藤 kato, 吉田 yoshida, 山田 yamada, 佐々木 sasaki, 山口 yamaguchi, 松本 matsumoto, 井上 inoue, "
    "木村 kimura, 斎藤 saito, 齋藤 saito, 斉藤 saito, 清水 shimizu, 山崎 yamazaki, 森 mori, 池田 ikeda, 橋本 hashimoto, 阿部 abe, "
    "石川 ishikawa, 山下 yamashita, 中島 nakajima, 石井 ishii, 小川 ogawa, 前田 maeda, 岡田 okada, 長谷川 hasegawa, 藤田 fujita, "
    "後藤 goto, 近藤 kondo, 村上 murakami, 遠藤 endo, 青木 aoki, 坂本 sakamoto, 福田 fukuda, 太田 ota, 西村 nishimura, 藤井 fujii, "
    "金子 kaneko, 岡本 okamoto, 藤原 fujiwara, 三浦 miura, 中野 nakano, 原田 harada, 松田 matsuda, 竹内 takeuchi, 小野 ono, "
    "田村 tamura, 中山 nakayama, 和田 wada, 石田 ishida, 上田 ueda, 森田 morita, 柴田 shibata, 酒井 sakai, 工藤 kudo, 横山 yokoyama, "
    "宮崎 miyazaki, 宮本 miyamoto, 内田 uchida, 高木 takagi, 安藤 ando, 谷口 taniguchi, 大野 ono, 丸山 maruyama, 今井 imai, 湯川 yukawa"
)
_KOREAN_SURNAMES = _table(
    "이 yi lee i rhee ri, 김 kim gim, 박 park bak pak, 최 choi choe, 정 jeong jung chung, 강 kang gang, 조 cho jo, 윤 yoon yun, "
    "장 jang chang, 임 lim im rim, 한 han, 오 oh o, 서 seo suh, 신 shin sin, 권 kwon gwon, 황 hwang, 안 ahn an, 송 song, 류 ryu yoo, "
    "유 yoo yu you, 홍 hong, 전 jeon jun chun, 고 ko go koh, 문 moon mun, 양 yang, 손 son sohn, 배 bae pae, 백 baek paik, 허 heo hur huh, "
    "남 nam, 심 shim sim, 노 noh roh no, 하 ha, 곽 kwak gwak, 성 sung seong, 차 cha, 주 joo ju, 우 woo u, 구 koo gu ku, 민 min, "
    "진 jin, 지 ji chi, 엄 um eom, 채 chae, 원 won, 천 cheon chun, 방 bang, 공 kong gong, 현 hyun hyeon, 함 ham, 변 byun byeon, "
    "염 yeom yum, 여 yeo, 추 choo chu, 도 do, 석 seok suk, 선 sun seon, 설 seol sul, 마 ma, 길 gil kil, 위 wi, 표 pyo, 명 myung myeong, "
    "남궁 namgung namkoong, 황보 hwangbo, 제갈 jegal, 선우 sunwoo seonwoo, 독고 dokgo"
)
_KOREAN_SYLLABLES = _table(
    "영 young yeong, 준 jun joon, 성 sung seong, 현 hyun hyeon, 희 hee hui, 수 su soo, 우 woo u, 경 kyung gyeong, 은 eun, "
    "정 jung jeong, 선 sun seon, 철 chul cheol, 주 ju joo, 석 suk seok, 섭 sup seop, 연 yeon youn, 지 ji jee, 신 sin shin, 승 seung, "
    "상 sang, 훈 hoon hun, 범 bum beom, 덕 duk deok, 근 keun geun, 국 kook guk, 규 kyu gyu, 기 ki gi, 구 koo gu, 건 gun geon kun, "
    "혁 hyuk hyeok, 병 byung byeong, 명 myung myeong, 순 sun soon, 숙 sook suk, 문 moon mun, 윤 yoon yun, 유 yu yoo, 이 i yi, 미 mi mee, "
    "헌 heon hun, 욱 wook uk"
)
_ARABIC_NAMES = _table(
    "محمد muhammad mohammed mohamed mohammad mohamad muhammed mehmet, احمد ahmad ahmed ahmet, علي ali, حسن hassan hasan, "
    "حسين hussein hussain husain hossein, محمود mahmoud mahmud, مصطفي mustafa mostafa, مصطفى mustafa mostafa, عمر omar umar omer, "
    "عثمان othman uthman osman, خالد khaled khalid, يوسف yusuf youssef yousef yosef joseph, ابراهيم ibrahim ebrahim, اسماعيل ismail, "
    "عبد abd abdul abdel, عبدالله abdullah abdallah, الله allah, سعيد said saeed saied, صالح saleh salih, فاطمة fatima fatimah fatma, "
    "فاطمه fatemeh fatima, زينب zainab zaynab zeinab, مريم maryam mariam, عائشة aisha ayesha, نور nur noor nour, كريم karim kareem, "
    "سامي sami samy, طارق tarek tariq, جمال jamal gamal, رضا reza rida, مهدي mahdi mehdi, جعفر jafar jaafar, طه taha, هاني hani hany, "
    "سمير samir sameer, ناصر nasser naser nasir, منصور mansour mansur, رشيد rashid rachid, ياسر yasser yasir, وليد walid waleed, "
    "عمرو amr amro, امين amin ameen, انور anwar, ايمن ayman aiman, هشام hisham hesham, نبيل nabil nabeel, حمزة hamza, بلال bilal, "
    "سلمان salman, سليمان sulaiman suleiman solomon, داود dawud dawood daoud david, موسي musa moussa, موسى musa moussa, عيسي isa eissa, "
    "عيسى isa eissa, ليلى layla leila, ليلي layla leila, هدي huda hoda, هدى huda hoda, سارة sara sarah, اسامة osama usama"
)


# --- stored beside a name ---------------------------------------------------------------------------


def further_words(name: str, form: str | None = None) -> set[str]:
    """Return the words under which a printed name is to be found as well, beside those of `form`, its folded form."""
    words = (fold(name) if form is None else form).split()[: 2 * _MOST_SYLLABLES]
    found: set[str] = set()
    for word in words:
        found.update(_stored(word[:_LONGEST_WORD]))
    if not name.isascii() and ("ё" in name or "Ё" in name):
        found.update(*(_stored(word) for word in fold(name.replace("ё", "йо").replace("Ё", "Йо")).split()))
    found.update(_together(words, name))
    return found.difference(words)


def _together(words: Sequence[str], name: str) -> Iterator[str]:
    """Yield words as written together: particles with what follows, and two words of a given name, whole and as initials."""
    if len(words) < 2:
        return
    for first, word in enumerate(words[:-1]):
        if word in _JOINED and (first == 0 or words[first - 1] not in _JOINED):
            last = next((at for at in range(first, len(words)) if words[at] not in _JOINED), len(words) - 1)
            yield from _with_skeleton("".join(words[first : last + 1]))
    if len(words) < 3:
        return
    spelled = [word for word in words if word not in _JOINED and word.isascii()]
    for one, other in pairwise(spelled[:3]):
        if len(one) > 1 and len(other) > 1:
            yield from _with_skeleton(one + other)
    if len(spelled) > 2 and len(spelled[0]) > 1 and len(spelled[1]) > 1:
        yield spelled[0][0] + spelled[1][0]


@lru_cache(_CACHED)
def _stored(word: str) -> frozenset[str]:
    if word.isascii():
        return frozenset({skeleton(word)} - {word})
    found = {_plain(each) for way in _ways(word) for each in way}
    if _has_no_vowels(word):
        found |= {consonants(_plain(anyascii(form))) for form in _without_article(word)}
        found |= {"al", "el"} if len(_without_article(word)) > 1 else set()
    return frozenset({each for form in found for each in (form, skeleton(form))} - {""})


# --- asked for --------------------------------------------------------------------------------------


@lru_cache(_CACHED)
def readings(word: str) -> tuple[tuple[str, ...], ...]:
    """Return what a folded word of a question may stand for beside itself: each a set of words that must all be there."""
    word = word[:_LONGEST_WORD]
    if word.isascii():
        return tuple((each,) for each in dict.fromkeys((skeleton(word), consonants(word))) if each not in ("", word))
    ways = [tuple(map(_plain, way)) for way in _ways(word)]
    spelled = dict.fromkeys(ways + [tuple(map(skeleton, way)) for way in ways])
    return tuple(way for way in spelled if way and all(way))[: 2 * _MOST_FORMS]


def written_together(words: Sequence[str]) -> Iterator[tuple[list[str], str, list[str]]]:
    """Yield (before, two or three words as one, after), for those who leave out the space."""
    for length in (2, 3):
        for first in range(len(words) - length + 1):
            yield list(words[:first]), "".join(words[first : first + length]), list(words[first + length :])


# --- Latin ------------------------------------------------------------------------------------------


@lru_cache(_CACHED)
def skeleton(word: str) -> str:
    """Return a Latin word with common ways to write one sound made one; the skeleton of a skeleton is itself."""
    if not word.isascii() or word.isdigit() or word.startswith(CONSONANTS):
        return word
    while _ANY_SOUND.search(word):
        for pattern, replacement in _SOUNDS:
            word = pattern.sub(replacement, word)
    return word


def consonants(word: str) -> str:
    """Return a Latin word without vowels, marked; empty if fewer than two consonants are left: that would be anybody."""
    bare = _DIGRAPHS.sub(r"\1", word).replace("q", "k").replace("c", "k")
    left = _TWICE.sub(r"\1", _VOWELS.sub("", bare))
    left = left[:-1] if left.endswith("h") and len(left) > 1 else left
    return CONSONANTS + left if len(left) > 1 and left.isalpha() else ""


def _with_skeleton(word: str) -> tuple[str, str]:
    return word, skeleton(word)


def _plain(text: str) -> str:
    return _NOT_LETTERS.sub("", text.lower())


# --- other scripts ----------------------------------------------------------------------------------


def _ways(word: str) -> list[tuple[str, ...]]:
    """Return how a word in another script is read: each a set of Latin words."""
    if _HAN.fullmatch(word):
        return _han(word)
    if _HANGUL.fullmatch(word):
        return _hangul(word)
    if _GREEK_OR_CYRILLIC.fullmatch(word):
        return _alphabetic(word)
    if _KANA.search(word):
        plain = _plain(anyascii(word))
        short = re.sub("o[uo]", "o", re.sub("uu", "u", plain))
        return [(plain,), (short,)]
    known = [(each,) for form in _without_article(word) for each in _ARABIC_NAMES.get(form, ())]
    return [*known, (anyascii(word),)]


def _alphabetic(word: str) -> list[tuple[str, ...]]:
    spelled = word
    for letters, latin in _GREEK:
        spelled = spelled.replace(letters, latin)
    plain = anyascii(spelled)
    ways: list[tuple[str, ...]] = [(plain,)]
    return [*ways, ("y" + plain,)] if word.startswith("е") else ways


def _han(word: str) -> list[tuple[str, ...]]:
    syllables = [anyascii(letter) for letter in word[:_MOST_SYLLABLES]]
    surname = next((word[:size] for size in (2, 1) if word[:size] in _CHINESE_SURNAMES), word[0])
    families = _CHINESE_SURNAMES.get(surname, (syllables[0],))
    ways = _family_and_given(families, [(syllable,) for syllable in syllables[len(surname) :]])
    for size in (3, 2, 1):
        ways += [(reading,) for reading in _JAPANESE_SURNAMES.get(word[:size], ()) if len(word) <= size + 3]
    return [*ways, ("".join(syllables),)]


def _hangul(word: str) -> list[tuple[str, ...]]:
    surname = word[:2] if len(word) > 2 and word[:2] in _KOREAN_SURNAMES else word[0]
    families = _KOREAN_SURNAMES.get(surname, (anyascii(surname),))
    given = [_KOREAN_SYLLABLES.get(letter, (anyascii(letter),)) for letter in word[len(surname) : _MOST_SYLLABLES]]
    alone = [(each,) for each in _joined([_KOREAN_SYLLABLES.get(letter, (anyascii(letter),)) for letter in word[:_MOST_SYLLABLES]])]
    return _family_and_given(families, given) + alone


def _family_and_given(families: Iterable[str], given: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Return family name with given name, in one word and in syllables."""
    if not given:
        return [(family,) for family in families]
    ways: list[tuple[str, ...]] = [(family, each) for family in families for each in _joined(given)]
    if len(given) > 1:
        ways += [(family, *each) for family in families for each in _spelled(given)]
    return ways[: 4 * _MOST_FORMS]


def _joined(syllables: Sequence[Sequence[str]]) -> list[str]:
    return ["".join(way) for way in _spelled(syllables)]


def _spelled(syllables: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    ways: list[tuple[str, ...]] = [()]
    for spellings in syllables:
        ways = [(*way, spelling) for way in ways for spelling in spellings][:_MOST_FORMS]
    return ways


def _has_no_vowels(word: str) -> bool:
    return not (_HAN.search(word) or _HANGUL.search(word) or _KANA.search(word) or _GREEK_OR_CYRILLIC.search(word))


def _without_article(word: str) -> tuple[str, ...]:
    """Return an Arabic word, and without its article if it has one."""
    return (word, word[2:]) if word.startswith("ال") and len(word) > 4 else (word,)
