"""Names the evidence engine knows: chips, libraries and solvers, companies and public bodies, data collections. Facts, nothing else.

Names are matched with an optional space where small letters meet capitals, because some extractions write "Py Torch".
"""

import re
from collections.abc import Iterable

CHIPS = (
    r"(?:geforce|quadro|tesla|titan|rtx|gtx|nvidia|nvlink)[ -]?(?:geforce |gpu |tesla |quadro |rtx |gtx |titan )*(?:[a-z]{0,3}[ -]?\d{2,4}[a-z]{0,2}\b|x\b|xp\b|v\b|z\b|black\b|pascal\b)"
    r"|\b(?:rtx|gtx)[ -]?(?:titan|a?\d{3,4})(?: ?ti| ?super)?\b|\btitan[ -]?(?:x|xp|v|z|rtx|black)\b|\b(?:tesla )?(?:[kpvah]\d00|k20[cmx]?|k40[cm]?|k80|m40|m60|p4|t4|l4|l40s?|a10g?|a40|a30|a6000|"
    r"a5000|a4000|h200|gh200|b200|p40|c2050|c2070|c2075|m2050|m2070|m2090)s?(?:[ -](?:sxm\d?|pcie|\d+ ?gb?))?\b|\bmi[125]\d0x?\b|\btpu[ -]?v[2-6][a-z]*|\bcloud tpu|\bv[2-5][ep]?-\d{1,4}\b|\btpu pods?\b|\bascend[ -]?\d{3}"
    r"|\bgaudi ?\d?|\bipu\b|\bradeon\b|\bjetson\b|\btx[12]\b|\bgtx\b|\brtx\b|\bgeforce\b|\bapple m[1-4]\b|\bm[1-4] (?:pro|max|ultra|chip)\b|\bdgx"
)
PROCESSORS = (
    r"\bxeon\b|\bcore[ (tm)®-]*i[3579]\b|\bi[3579][ -]?\d{3,5}[a-z]{0,2}\b|\bi[3579] (?:cpu|processor)|\be[357][ -]?\d{4}|\bopteron\b|\bepyc\b|\bryzen\b|\bthreadripper\b|\bpentium\b|\bcore ?2 ?(?:duo|quad)\b"
    r"|\bquad[- ]?core|\bpower[789]\b|\bskylake\b|\bcascade lake\b|\bhaswell\b|\bivy bridge\b|\bsandy ?bridge\b|\bbroadwell\b|\bcortex\b|\barmv\d|\braspberry pi\b|\bintel\b|\bamd\b"
)
CLOUDS = (
    r"\bec2\b|\bp[234]\.\d*x?large|\b[cmrgpt]\d[a-z]{0,2}\.(?:\d+)?x?large\b|\bn1-[a-z]+-\d+|\bn2-|\bg4dn|\bgoogle cloud\b|\bgcp\b|\bazure\b|\baws\b|\bamazon (?:web|ec2|aws|cloud)|\bcolab\b|\bcompute engine\b"
    r"|\bstandard_n[a-z]+\d|\blambda ?labs"
)
SOLVERS = (
    r"\bcplex\b|\bgurobi\b|\bmosek\b|\bsedumi\b|\bsdpt3\b|\bcvx(?:py|opt)?\b|\byalmip\b|\bminisat\b|\bglucose\b|\bclasp\b|\bclingo\b|\bgringo\b|\bz3\b|\bglpk\b|\bscip\b|\bor-?tools\b|\bipopt\b|\bsnopt\b|\blibsvm\b|\bliblinear\b"
    r"|\bsvm ?light\b|\bvowpal wabbit\b|\bfast ?downward\b|\bchoco\b|\bgecode\b|\bminizinc\b|\becos\b|\bosqp\b|\bminion\b|\bpulp\b|\bcoin-or\b|\bxpress\b|\bhighs\b|\blingeling\b|\bcadical\b|\bkissat\b"
)
LIBRARIES = (
    r"\bpy ?torch(?: ?(?:lightning|geometric))?\b|\btensor ?flow\b|\bkeras\b|\bjax\b|\bflax\b|\bhaiku\b|\boptax\b|\btheano\b|\blasagne\b|\bcaffe2?\b|\bmxnet\b|\bchainer\b|\bcntk\b|\btorch ?7?\b|\bmat ?conv ?net\b|\bpaddle ?paddle\b|\bmindspore\b"
    r"|\bscikit[- ]?(?:learn|image|optimize)\b|\bsklearn\b|\bnum ?py\b|\bsci ?py\b|\bpandas\b|\bmatplotlib\b|\bopen ?cv\b|\bnltk\b|\bspa ?cy\b|\bgensim\b|\bcore ?nlp\b|\bfairseq\b|\bhugging ?face\b|\btransformers (?:library|package|\d)"
    r"|\btransformers==|\bdgl\b|\bnetwork ?x\b|\bxg ?boost\b|\blight ?gbm\b|\bcat ?boost\b|\bcuda\b|\bcu ?dnn\b|\bcublas\b|\bopenmp\b|\bmpi(?:ch|4py)?\b|\bdeep ?speed\b|\bapex\b|\bray\b|\brllib\b|\bstable[- ]baselines\d?\b|\bopenai gym\b|\bgymnasium\b"
    r"|\bmujoco(?:[- ]py)?\b|\bgym\b|\bpyro\b|\bstan\b|\bpystan\b|\bedward\b|\bpymc3?\b|\bbugs\b|\bjags\b|\binfer\.net\b|\bchurch\b|\bgpflow\b|\bgpy(?:torch)?\b|\bbo ?torch\b|\bspearmint\b|\bweka\b|\bspark\b|\bhadoop\b|\bmmdetection\b|\bdetectron2?\b"
    r"|\bmmcv\b|\bmm ?segmentation\b|\btimm\b|\btorchvision\b|\ballen ?nlp\b|\bopennmt\b|\btensor2tensor\b|\bvllm\b|\bray ?tune\b|\boptuna\b|\bhyperopt\b|\bsmac\b|\bwandb\b|\bdiffrax\b|\brdkit\b|\bgromacs\b|\bopenmm\b|\beigen\b|\barmadillo\b|\bboost\b"
)
LANGUAGES = r"\bpython ?[23]?\b|\bmatlab\b|\bjava\b|\bjulia\b|\bc\+\+|\bg\+\+|\bgcc\b|\bscala\b|\bcython\b|\bfortran\b|\boctave\b|\brust\b|\bhaskell\b|\bprolog\b|\bjdk\b|\bjvm\b|\bnumba\b|\banaconda\b|\bconda\b|\bdocker\b|\bmathematica\b"
TOOLS = (
    r"\bscikit\b|\bg\+\+|\bgcc\b|\bclang\b|\bvisual studio\b|\bros\b|\bunity\b|\bunreal engine\b|\bcarla\b|\bgazebo\b|\bpybullet\b|\bisaac (?:gym|sim)\b|\bdiffusers\b|\bpeft\b|\bxformers\b|\btransformers\b|\btokenizers\b|\bflash[- ]?attention\b|\blightning\b"
    r"|\bpyg\b|\btorch[- ](?:geometric|scatter|sparse|audio|text)\b|\btorchaudio\b|\bopacus\b|\bfoolbox\b|\bcleverhans\b|\bampl\b|\bbaron\b|\bcbc\b|\bclp\b|\bcsdp\b|\bconcorde\b|\blkh\b|\bcryptominisat\b|\bmathsat\b|\byices\b|\bcvc[45]\b|\bvampire\b|\bisabelle\b|\bcoq\b|\blean\b"
    r"|\bpostgres\w*\b|\bmysql\b|\bsqlite\b|\bneo4j\b|\blucene\b|\belasticsearch\b|\bspm\d*\b|\bfreesurfer\b|\bfsl\b|\bseaborn\b|\bpillow\b|\bstatsmodels\b|\bstellargraph\b|\bopen ?babel\b|\bautodock\b|\bmoses\b|\bkaldi\b|\bsrilm\b|\btreetagger\b|\b(?:nvidia )?driver\b"
    r"|\bsumo\b|\bminigrid\b|\bpettingzoo\b|\bqiskit\b|\bpennylane\b|\bjump\b|\bflux\b|\bmlpack\b|\bshogun\b|\bffmpeg\b|\bopencl\b|\bnccl\b|\bmkl\b|\bopenblas\b|\btriton\b|\btensorrt\b|\bonnx\w*\b|\bmatlab\b|\boctave\b|\bmathematica\b|\balchemy\b|\bminion\b"
)
SYSTEMS = r"\bubuntu\b|\blinux\b|\bwindows (?:\d|xp|server|vista)|\bcent ?os\b|\bmac ?os\b|\bdebian\b|\bred ?hat\b|\bfedora\b"

COMPANIES = (
    "google|deepmind|deep mind|microsoft|ibm|facebook|meta ai|meta platforms|fair|amazon|aws|apple|nvidia|intel|intel labs|adobe|yahoo|yahoo labs|yandex|baidu|tencent|alibaba|ant group|ant financial|huawei|noah's ark|"
    "samsung|sony|siemens|bosch|bosch center|toyota research institute|toyota central|toyota motor|honda|nec|nec labs|nec laboratories|ntt|fujitsu|hitachi|toshiba|panasonic|mitsubishi|merl|xerox|parc|at&t|bell labs|nokia|alcatel|"
    "ericsson|qualcomm|openai|open ai|anthropic|salesforce|uber|lyft|twitter|linkedin|linked in|netflix|spotify|snap|snap inc|snapchat|pinterest|airbnb|ebay|criteo|technicolor|disney|disney research|naver|kakao|line corporation|"
    "rakuten|cyberagent|preferred networks|sensetime|sense time|megvii|face\\+\\+|bytedance|byte dance|tiktok|kuaishou|jd.com|jd ai|jd finance|jd explore|didi|meituan|xiaomi|oppo|vivo|zte|netease|iflytek|ping an|pingan|webank|"
    "lenovo|horizon robotics|huya|bilibili|sogou|qihoo|360 ai|element ai|maluuba|borealis ai|layer 6|vicarious|cohere|stability ai|mistral|hugging face|huggingface|mosaicml|databricks|snowflake|oracle|sap|vmware|hewlett|hp labs|hpe|"
    "cisco|raytheon|bbn|lockheed|boeing|general electric|ge research|ge global|ford|general motors|gm research|volkswagen|bmw|daimler|mercedes|audi|tesla|waymo|cruise|aurora|argo ai|zoox|nuro|wayve|"
    "five ai|prowler|secondmind|babylon|benevolent|graphcore|graph ?core|arm ltd|arm research|philips|roche|genentech|novartis|astrazeneca|pfizer|merck|gsk|bayer|johnson & johnson|insitro|recursion|bloomberg|jpmorgan|j.p. morgan|"
    "jp morgan|goldman|two sigma|d. e. shaw|d.e. shaw|citadel|g-research|capital one|american express|visa research|mastercard|visa|paypal|stripe|walmart|target corporation|flipkart|ola|myntra|tata|tcs|infosys|wipro|accenture|"
    "nutanix|palantir|sri international|riken aip-|etri|skt|sk telecom|kt corporation|lg ai|lg electronics|hyundai|hyperconnect|lunit|vuno|clova|ncsoft|nexon|kakao brain|naver labs|nielsen|comcast|verizon|t-mobile|orange labs|"
    "orange|thales|valeo|schlumberger|total|shell|bp|exxon|aramco|idea\\b|international digital economy academy|shannon.ai|rokid|yitu|cloudwalk|deepglint|unity technologies|electronic arts|ea|ubisoft|king|roblox|dropbox|quora|"
    "sift science|stitch fix|zalando|otto|booking.com|expedia|trivago|asapp|grammarly|duolingo|coursera|primer|scale ai|character.ai|inflection|adept|reka|kumo|relational ?ai|xai|essential ai|together ai|01.ai|zhipu|moonshot|"
    "minimax|deepseek|stepfun|baichuan|shopee|sea ai|sea ltd|grab|gojek|lazada|vinai|vin ai|fpt|zalo|cognitivescale|cogent labs|ascent robotics|araya|sony ai|omron|denso|aisin|ricoh|canon|nikon|konica|olympus|recruit|mercari|"
    "yahoo japan|leapmind|abeja|numenta|d-wave|rigetti|xanadu|quantinuum|zapata|1qbit|google brain|google research|msr|amazon science|amazon ai|a9|lab126|twitch|deepl|aleph alpha|helsing|instadeep|instagram|whatsapp|oculus|"
    "reality labs|epic games|niantic|magic leap|matterport|pixar|warner|dolby|technicolor|inmobi|zynga|bandai|cerebras|sambanova|groq|tenstorrent|habana|mobileye|mellanox|elbit|rafael|lightricks|ai21|taboola|outbrain|wix|"
    "youtu|fuxi|hikvision|dahua technology|skywork|aitrics|jd explore|jd|ant|meta|web services|research asia|microsoft azure|rolls-royce|booz allen|kaist-aitrics|cainiao|damo academy|taobao|ant research|finvolution|vipshop|vips|pfn|sk hynix|sk t-brain|krafton|upstage|kt|coupang|toss|sberbank|sber|tinkoff|jetbrains|kaspersky|huawei noah|noah s ark|wechat|wecar|lazada|tusimple|momenta|pony.ai|deeproute|xpeng|nio|geely|byd|saic|foxconn|mediatek|tsmc|htc|acer|asus|garena|trusting social|layer6|rbc|td bank|ing bank|bbva|santander|ubs|credit suisse|barclays|hsbc|fidelity|blackrock|vanguard|allstate|swiss re|allianz|axa|aig|deloitte|kpmg|pwc|mckinsey|bcg|aerospace|leidos|saic|galois|charles river analytics|aptima|soar technology|kitware|mitre|rand corporation|hrl laboratories|hrl|teledyne|honeywell|abb|schneider|ge healthcare|medtronic|3m|basf|dow|evonik|deutsche telekom|telefonica|vodafone|bt |bt research|telecom italia|swisscom|telenor|huawei technologies|hikvision research|inception institute|g42|independent researcher|independent|zhejiang lab|ai lab|ai labs|ai research|allen institute|inc\\.|ltd\\.?|llc|gmbh|corp\\.|corporation|co\\., ltd|limited|technologies|s\\.a\\."
).split("|")
BODIES = (
    "university|universit|college|institute|institut|école|ecole|school|polytechni|academy|faculty|department|dept|inria|cnrs|csic|max planck|mpi|eth|epfl|mit|caltech|ucla|ucsd|uc berkeley|cmu|kaist|postech|unist|gist|"
    "nus|ntu|a\\*star|csiro|nicta|data61|riken|nii|mila|vector institute|cifar|fraunhofer|helmholtz|dfki|cwi|nist|nasa|national laborator|national lab|academia sinica|chinese academy|tsinghua|ustc|hkust|technion|weizmann|"
    "laboratory|ttic|toyota technological|hospital|medical|alan turing|allen institute|ai2|broad|flatiron|simons|idsia|istituto|iit|iisc|tu |lmu|kth|ista|ist austria|edu\\b|ac\\.uk|\\.ac\\."
).split("|")

WELL_KNOWN_OWNERS = (
    "pytorch|tensorflow|openai|huggingface|scikit-learn|keras-team|fchollet|bvlc|torch|theano|google|google-research|google-deepmind|deepmind|facebookresearch|facebook|microsoft|nvidia|nvlabs|tesseract-ocr|pyro-ppl|stan-dev|"
    "dmlc|apache|ray-project|rusty1s|rwightman|clovaai|soumith|jcjohnson|karpathy|kuangliu|ikostrikov|hill-a|dlr-rm|joblib|numpy|scipy|pandas-dev|opencv|open-mmlab|allenai|stanfordnlp|eleutherai|tatsu-lab|lm-sys|"
    "farama-foundation|rail-berkeley|haarnoja|cvxgrp|cvxopt|bitbucket|locuslab|madrylab|vaishaal|meta-llama|compvis|stability-ai|crowsonkb|lucidrains|openphilanthropy|moses-smt|rsennrich"
).split("|")

DATASETS = (
    "MNIST|Fashion-?MNIST|E?K?MNIST|CIFAR(?:-?10|-?100)?|ImageNet|Tiny-?ImageNet|mini-?ImageNet|tieredImageNet|ILSVRC(?:-?\\d+)?|SVHN|STL-?10|COCO|MS-?COCO|Pascal VOC|VOC ?20\\d\\d|Cityscapes|ADE20K|KITTI|nuScenes|"
    "Waymo Open|LSUN|CelebA(?:-?HQ)?|FFHQ|AFHQ|LFW|VGGFace2?|MS-?Celeb|CUB(?:-?200)?|Omniglot|Caltech-?(?:101|256|UCSD)|Places(?:365|205)|SUN397|DTD|Flowers-?102|Oxford Flowers|Oxford[- ]Pets?|Food-?101|Stanford Cars|"
    "FGVC|iNaturalist|Office-?(?:31|Home)|DomainNet|VisDA|PACS|NORB|USPS|COIL-?\\d+|Yale ?B?|ORL|Kinetics(?:-?\\d+)?|UCF-?101|HMDB-?51|Something-Something|AVA|Charades|ActivityNet|MSR-?VTT|MSVD|Moving MNIST|ShapeNet|"
    "ModelNet(?:10|40)?|ScanNet|S3DIS|NYUv?2|NYU Depth|Human3\\.6M|MPII|LAION(?:-?\\w+)?|Conceptual Captions|CC3M|CC12M|Flickr ?(?:8|30)k|VQA(?: ?v?2)?|CLEVR|GQA|Visual Genome|RefCOCO|NLVR2?|GLUE|SuperGLUE|SQuAD|"
    "MNLI|SNLI|MultiNLI|QNLI|SST-?[25]?|MRPC|CoLA|RTE|XNLI|XTREME|SWAG|HellaSwag|WinoGrande|PIQA|BoolQ|MMLU|GSM8K|HumanEval|MBPP|BIG-?Bench|TriviaQA|Natural Questions|HotpotQA|MS-?MARCO|RACE|DROP|bAbI|CNN/?Daily ?Mail|XSum|"
    "Gigaword|Penn Treebank|PTB|WikiText(?:-?\\d+)?|enwik8|text8|One Billion Word|BookCorpus|C4|The Pile|OpenWebText|WMT(?:-?'?\\d+)?|IWSLT(?:-?'?\\d+)?|Europarl|CoNLL(?:-?\\d+)?|OntoNotes|TREC|20 ?Newsgroups?|Reuters|RCV1|"
    "IMDB|Yelp|AG'?s? News|DBpedia|Freebase|FB15k(?:-?237)?|WN18(?:RR)?|WordNet|YAGO|NELL|ConceptNet|Cora|Citeseer|PubMed|OGB|ogbn-\\w+|Reddit|PPI|ENZYMES|PROTEINS|MUTAG|NCI1|DBLP|QM9|ZINC|MoleculeNet|MD17|PDBbind|ChEMBL|"
    "MovieLens|Netflix (?:prize|data|Prize)|Jester|Last\\.?fm|EachMovie|Epinions|Criteo|Amazon (?:reviews?|product)|Yahoo!? (?:music|LETOR|Learning)|LETOR|Gowalla|UCI|Adult|COMPAS|Covertype|Higgs|SUSY|KDD ?Cup|Iris|Wine|"
    "Boston Housing|Abalone|German credit|Letter|Isolet|Spambase|Kaggle|OpenML|LIBSVM|MIMIC(?:-?I{2,3}|-?IV|-CXR)?|eICU|ADNI|CheXpert|ChestX-?ray\\w*|ISIC|BraTS|TCGA|PhysioNet|LibriSpeech|TIMIT|WSJ|Switchboard|VCTK|LJ ?Speech|AudioSet|"
    "VoxCeleb\\d?|ESC-?50|GTZAN|Speech Commands|MAESTRO|ETTh?\\d?|UCR|UEA|M4|PeMS\\w*|METR-LA|Traffic|D4RL|RoboNet|BAIR|Atari|ALE|Arcade Learning|MuJoCo|OpenAI Gym|DeepMind (?:Control|Lab)|Meta-?World|ProcGen|MineRL|StarCraft|SMAC|ICDAR|IAM|"
    "EuroSAT|fMoW|BigEarthNet|WILDS|Colored MNIST|Waterbirds|CivilComments|LEAF|FEMNIST|Shakespeare|Stack ?Overflow|SNAP|Enron|Wikipedia|ClueWeb|Common ?Crawl|ICLR|NUS-WIDE|MIRFlickr|Corel|MSRC|BSDS\\d*|DIV2K|Set(?:5|14)|Urban100|SATLIB|TSPLIB|MIPLIB|IPC"
).split("|")

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def any_of(names: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for whole names, longest first, with optional spaces inside camel case."""
    return re.compile(
        r"(?<![A-Za-z0-9])(?:" + "|".join(_CAMEL.sub(" ?", name) for name in sorted(names, key=len, reverse=True)) + r")(?![A-Za-z])"
    )
