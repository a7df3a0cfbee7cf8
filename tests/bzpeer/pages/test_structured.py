"""schema.org data stands in a script element it must not leave."""

import json

from bzpeer.pages.structured import json_ld


def test_a_name_with_markup_stays_inside_the_block_and_reads_the_same():
    name = "</script><script>alert(1)</script> & \u2028 <!-- 刘"
    block = json_ld({"@type": "Person", "name": name, "sameAs": [], "url": ""})
    assert not set("<>&\u2028") & set(block)
    assert json.loads(block) == {"@context": "https://schema.org", "@type": "Person", "name": name}
