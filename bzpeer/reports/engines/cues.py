"""What the evidence engine looks for: for each variable which sentences are worth a look, and named cues within them.

A cue is a named yes-or-no fact about one sentence; its weight is learned (see the model file). Negation, future, condition
and attribution are cues too, so a sentence is judged as a whole and never by a keyword alone.
"""

import re
from collections.abc import Mapping, Set
from typing import NamedTuple

from bzpeer.reports.engines.lexicons import (
    CHIPS,
    CLOUDS,
    DATASETS,
    LANGUAGES,
    LIBRARIES,
    PROCESSORS,
    SOLVERS,
    SYSTEMS,
    WELL_KNOWN_OWNERS,
    any_of,
)
from bzpeer.reports.findings import Variable

_I = re.IGNORECASE
_LINK = r"https?:|www\.|\bgit ?hub\b|gitlab|bitbucket|anonymous\.4open|zenodo|figshare|codalab|osf\.io|tinyurl|bit\.ly|goo\.gl|sites\.google|code\.google|sourceforge"
_CODE = r"\b(?:source[- ]?)?codes?(?:base)?\b|\bimplementations?\b|\bsoftware\b|\btool ?box\b|\bpackage\b|\blibrary\b|\brepositor(?:y|ies)\b|\brepo\b|\bscripts?\b|\bproject (?:page|web)|\bwebsite\b|\bplatform\b|\bframework\b|\bnotebook\b"
_CITE = r"\[\d+(?:, ?\d+)*\]|\b[A-Z][\w'-]+(?: et al\.?,?| and [A-Z][\w'-]+,?| & [A-Z][\w'-]+,?)? \(?(?:19|20)\d\d|\(\w+,? (?:19|20)\d\d"
_NUMBER = r"\d[\d,.]*(?: ?[kKmMbB]\b| ?million| ?thousand)?"
_SET = r"(?:train(?:ing)?|test(?:ing)?|valid(?:ation)?|dev(?:elopment)?|hold-?out|held-?out|evaluation|val)"
_ITEMS = r"(?:images?|examples?|samples?|instances?|points?|sentences?|pairs?|documents?|questions?|items?|users?|videos?|clips?|graphs?|nodes?|subjects?|patients?|tasks?|classes|trajectories|molecules|episodes|problems|articles|tweets|utterances)"
_PARAMETER = (
    r"learning[- ]rates?|step[- ]?sizes?|batch(?:[- ]?size)?s?|mini-?batch(?:es)?|epochs?|momentum|weight[- ]decay|drop-?out|hidden (?:units?|layers?|size|dimensions?|states?)|layers?|units|filters|kernel (?:size|width|bandwidth)|neurons|"
    r"embedding (?:size|dimension)s?|dimension(?:ality)?|iterations?|steps|temperature|regulari[sz]ation|penalty|threshold|discount(?: factor)?|replay buffer|clip(?:ping)?|warm-?up|decay|optimi[sz]er|heads|beam|window|tolerance|"
    r"bandwidth|burn-?in|samples|particles|seeds?|runs|trials|repetitions|initiali[sz]ed|patience|scheduler?|annealing|label smoothing|gamma|lambda|alpha|beta|epsilon|sigma|margin|vocabulary|hyper-?parameters?"
)

PARAMETER_VALUE = re.compile(
    rf"\b({_PARAMETER}|[λαβγδεηθκμµνρστφω]|lr)\b[^.;,\n\d]{{0,18}}?(?:=|of|to|is|was|:|with|are|at|\s)\s?\(?[$\[{{]?(\d+(?:[.,]\d+)*(?:e-?\d+)?)",
    _I,
)
NEGATED = re.compile(r"\b(?:not|no|never|without|cannot|neither|nor|n't|unable|lack(?:s|ing)?|unavailable|proprietary|confidential)\b", _I)
FUTURE = re.compile(
    r"\b(?:will|would|shall|to be|plan(?:s|ned)? to|intend to|going to|soon|in the future|future work|upon (?:acceptance|publication)|(?:once|after|when|if) (?:the )?(?:paper|accepted|acceptance|publication|published|review))\b",
    _I,
)
CONDITIONAL = re.compile(r"\b(?:if|could|might|may|can be|would|on request|upon request|assum\w+|suppose)\b", _I)
ATTRIBUTED = re.compile(
    r"\b(?:provided|released|implemented|published|made available|developed|written|kindly|proposed|introduced|used|shared|distributed|given|described) (?:\w+ )?by\b|\b(?:their|his|her|authors'?s?|author's|official|original|third[- ]party|existing|baselines?) (?:\w+ ){0,2}(?:code|implementation|software|repositor|package|website|library|data)|\bwe (?:use|used|adopt|build|built|rel(?:y|ied)|employ|utili[sz]e|follow|modif|based|took|obtain|download|compare|implemented \w+ (?:using|in|with|on))",
    _I,
)


def _named(**patterns: str) -> dict[str, re.Pattern[str]]:
    return {name: re.compile(pattern, 0 if name.startswith("cased_") else _I) for name, pattern in patterns.items()}


GATES: Mapping[Variable, re.Pattern[str]] = {
    Variable.RESEARCH_TYPE: re.compile(
        r"experiment|empiric|evaluat|dataset|data set|benchmark|baseline|state[- ]of[- ]the[- ]art|outperform|simulat|numerical|ablation|accuracy|results? (?:show|demonstrate)|case stud|user study",
        _I,
    ),
    Variable.PSEUDOCODE: re.compile(
        r"algorithm|pseudo-?\s?code|procedure|require:|ensure:|\binput:|\boutput:|end (?:for|while|if)|\blisting\b|\bdef \w+\(|repeat until|^\d{1,2}: ",
        _I,
    ),
    Variable.CODE: re.compile(rf"{_CODE}|{_LINK}|open[- ]?sourc|supplement|\bdemo\b|\breleased?\b", _I),
    Variable.DATASETS: re.compile(
        rf"data ?-?sets?\b|\bcorp(?:us|ora)\b|benchmarks?\b|\bdatabases?\b|\bcollections?\b|\bdata\b.*(?:{_LINK}|available|download|from|collected)|\bimages\b|{any_of(DATASETS).pattern}",
        _I,
    ),
    Variable.SPLITS: re.compile(
        r"\btrain|\btest|valid|split|\bfolds?\b|fold cross|hold|held|dev(?:elopment)? set|\bdev\b|partition|cross-?valid|stratif|leave[- ]one|remaining|protocol",
        _I,
    ),
    Variable.HARDWARE: re.compile(
        r"\b(?:gpu|cpu|tpu|tpuv\d|nvidia|geforce|titan|tesla|quadro|rtx|gtx|xeon|intel|amd|opteron|epyc|ryzen|threadripper|pentium|radeon|ascend|jetson|dgx|ipu|gaudi|ec2|aws|azure|gcp|colab|amazon|processor|workstation|laptop|desktop|supercomputer|"
        r"accelerator|macbook|core|[kpvah]\d00|k[248]0|a[1346]0|a[456]000|l40|t4|mi\d50|i[3579]|g4dn|cluster|server)s?\b|\bcloud\b|\d ?ghz|\d ?gb\b|\bm[1-4] (?:pro|max|ultra|chip)|\bv[2-5][ep]?-\d|\bmachines?\b.*\d|type of resources|mac book|\bhours on\b",
        _I,
    ),
    Variable.SOFTWARE: re.compile(
        r"\b(?:py ?torch|tensor ?flow|keras|jax|flax|theano|lasagne|caffe2?|mxnet|chainer|cntk|torch7?|paddle|mindspore|scikit|sklearn|num ?py|sci ?py|pandas|open ?cv|nltk|spa ?cy|gensim|fairseq|hugging|dgl|network ?x|xg ?boost|light ?gbm|cat ?boost|"
        r"cuda|cu ?dnn|openmp|mpi|deep ?speed|apex|rllib|gym|mujoco|pyro|stan|edward|bo ?torch|gpy|gpflow|weka|spark|hadoop|mmdetection|detectron2?|timm|torchvision|allen ?nlp|opennmt|vllm|optuna|rdkit|eigen|cplex|gurobi|mosek|sedumi|sdpt3|cvx\w*|yalmip|"
        r"minisat|glucose|clasp|clingo|gringo|z3|glpk|scip|tools|ipopt|snopt|lib ?svm|liblinear|gecode|minizinc|ecos|osqp|xpress|highs|downward|python|matlab|java|julia|scala|cython|fortran|octave|gcc|numba|anaconda|conda|docker|version|tool ?box|"
        r"solvers?|library|libraries|packages?|software|compiled|ubuntu|linux)[\d.]*\b|c\+\+|g\+\+|\bv\d+\.\d|==\d|implemented (?:in|using|with)",
        _I,
    ),
    Variable.SETUP: re.compile(
        r"rate|step[- ]?size|batch|epoch|momentum|decay|drop-?out|layer|hidden|units|filters|kernel|neurons|dimension|iteration|steps|temperature|regulari[sz]|penalty|threshold|discount|buffer|warm|optimi[sz]er|window|tolerance|bandwidth|burn|particles|"
        r"seed|runs|trials|initiali[sz]|patience|anneal|smoothing|gamma|lambda|alpha|beta|epsilon|sigma|margin|\bset\b|chosen|tuned|grid|adam|sgd|details|param|[=∈] ?\d",
        _I,
    ),
}

COMMON = {"negated": NEGATED, "future": FUTURE, "conditional": CONDITIONAL, "attributed": ATTRIBUTED} | _named(
    we=r"\bwe\b", our=r"\bour\b|\bthis (?:paper|work)\b", link=_LINK, cased_cites=_CITE, number=r"\d", table=r"\btable\b|\bfig(?:ure)?\b", theorem=r"\b(?:theorem|lemma|proof|corollary|proposition|assumption)\b",
    checklist_yes=r"\[yes\]|answer: ?\[?yes", checklist_no=r"\[(?:no|n/?a)\]|answer: ?\[?(?:no|n/?a)", question=r"\?", appendix=r"\bappendix|supplement", past=r"\b(?:was|were|ran|trained|performed|conducted|used)\b", others=r"\bet al",
)  # fmt: skip

CUES: Mapping[Variable, Mapping[str, re.Pattern[str]]] = {
    Variable.RESEARCH_TYPE: _named(
        run=r"(?:we|our|the|extensive|comprehensive|numerical|empirical|several|synthetic) (?:\w+ )?(?:experiments?|evaluat|simulat)", beats=r"outperform|state[- ]of[- ]the[- ]art|superior|improv\w+ (?:over|by)|competitive", baseline=r"baseline|compare[ds]? (?:to|with|against)",
        data=r"data ?sets?|benchmark|corpus", metric=r"accuracy|error rate|\bauc\b|\bf1\b|precision|recall|\bbleu\b|speed-?up|runtime", theory=r"\bprove\b|bound|theoretical|complexity|hardness|characteri[sz]",
    ),
    Variable.PSEUDOCODE: _named(
        caption=r"^\W*(?:algorithm|procedure|listing|pseudo-?\s?code|function|protocol)\s*\d*[.\d]*\s*[:.)\]]?\s*\S", numbered=r"\balgorithm \d", pseudo=r"pseudo-?\s?code", require=r"\b(?:require|ensure|inputs?|outputs?|initiali[sz]e|data|result|parameters?)\s?:",
        end=r"\bend (?:for|while|if|function|procedure|loop)\b|\bendfor\b|\bendwhile\b", loop=r"\bfor (?:all |each )?.{1,40}\bdo\b|\bwhile .{1,60}\bdo\b|\brepeat\b.*\buntil\b|\bif .{1,60}\bthen\b", line=r"(?:^|\s)\d{1,2}: \S", returns=r"\breturn\b", pointer=r"(?:see|in|shown in|given in|presented in|described in|summari[sz]ed in|outlined in|provided in|detailed in|of|by|from|and) algorithms? \d",
        assign=r"←|:=|\\leftarrow|<-", definition=r"\bdef \w+\s?\(", tail=r"algorithm \d+[^.]{0,80}$", comment=r"//|#\s\w|▷",
    ),
    Variable.CODE: _named(
        code=r"\b(?:source[- ]?)?codes?(?:base)?\b", implementation=r"\bimplementations?\b", software=r"\bsoftware\b|\btool ?box\b|\bpackage\b|\blibrary\b", own_code=r"\b(?:our|the|all|full|python|pytorch|matlab|r|c\+\+|source|this) (?:\w+ ){0,3}(?:code|implementation|software|toolbox|package|library|repository|scripts?)\b",
        code_for=r"\b(?:code|implementations?|software|scripts?|repository) (?:for|to|of|that|used|implementing|accompanying|reproduc)\w*", available=r"\bavailable\b|accessible|can be (?:found|downloaded|accessed|obtained)|found at|downloaded? (?:from|at)|\bhosted\b|\bat:? https?|\bhere\b",
        released=r"\brelease[sd]?\b|open[- ]?sourc|\bprovided?\b|\bshare[ds]?\b|\bpublish|\bmade (?:\w+ )?(?:available|public)|\binclude[ds]?\b|\bsubmit|\bupload", public=r"\bpublic(?:ly)?\b|\bfreely\b|\bopenly\b|\bonline\b", available_code=r"(?:code|implementation|software|package|toolbox|repository|library)\b.{0,60}\b(?:available|found|released?|provided?|download|accessible|open)",
        we_release=r"\b(?:we|authors) (?:\w+ ){0,3}(?:release|provide|open-?source|publish|share|make|include|submit|attach|upload)", repository=r"\bgit ?hub\b|gitlab|bitbucket|4open|code\.google|sourceforge|codalab|zenodo|code ?ocean", anonymous=r"anonymous|anonymi[sz]ed", supplement=r"supplement|\bappendix\b|\bzip\b|attached",
        project=r"project (?:page|web ?site|site)|web ?(?:site|page)|home ?page|\.github\.io|sites\.google", data_only=r"^(?!.*(?:code|implement|software)).*\bdata ?sets?\b", data=r"\bdata ?sets?\b|\bdata\b", request=r"(?:on|upon) request|contact", acceptance=r"(?:upon|after|once|on) (?:the )?(?:paper |its )?(?:acceptance|publication|accepted|published)|by the time of publication|camera[- ]ready",
        baseline=r"baselines?\b|compar(?:e|ison|ing)|competing|competitor", use_theirs=r"\bwe (?:\w+ )?(?:use|used|adopt|build|built|rel(?:y|ied)|employ|utili[sz]e|follow|modif\w+|adapt\w*|ran|run|took|download\w*|obtain\w*|start)\b.{0,60}\b(?:code|implementation|software|package|library|toolbox|repository)", using=r"\b(?:using|use|used|with|via|based on) (?:the )?(?:\w+ ){0,4}(?:code|implementation|package|library|toolbox|software)",
        official=r"\bofficial\b|\boriginal\b|\bauthors?'?s?\b|\btheir\b|publicly available (?:code|implementation)", checked=r"(?:did you include the code|open access to data and code).*(?:\[yes\]|answer: ?\[?yes)",
        checklist=r"did you include the code|open access to data and code|instructions needed to reproduce", footnote=r"^\W*\d{0,2}\W{0,3}(?:https?:|www\.|code|our code|source|the code|see )", reproduce=r"reproduc", video=r"\bvideos?\b|\bdemos?\b|visuali[sz]ations?",
        owner="(?:github\\.com|github)/(?:" + "|".join(map(re.escape, WELL_KNOWN_OWNERS)) + ")/", library=rf"{LIBRARIES}|{SOLVERS}", datasite=r"archive\.ics|uci|kaggle|yann\.lecun|libsvmtools|image-net|\.pdf\b|arxiv\.org|grouplens|snap\.stanford|wikipedia", models=r"\b(?:pre-?trained )?(?:models?|weights|checkpoints)\b",
        compute=r"\bcode(?:s|d|book|word|r)?\b.{0,20}\b(?:length|rate|word|book|error|theory)|sparse cod|binary codes?|hash cod|source code (?:summar|gener|analy|model)|library of|code generation|program",
    ),
    Variable.DATASETS: _named(
        cased_known=any_of(DATASETS).pattern, dataset=r"data ?-?sets?\b|\bcorp(?:us|ora)\b|\bdatabases?\b", benchmark=r"\bbenchmarks?\b", public=r"\bpublic(?:ly)?\b|\bavailable\b|open[- ]access|\bfreely\b|download", uci=r"\buci\b|machine learning repository|kaggle|openml|libsvm", real=r"real[- ](?:world|data|life)|\bstandard\b|well[- ]known|popular|widely",
        ours=r"\b(?:our|we) (?:\w+ ){0,3}(?:collect|creat|gather|construct|build|built|introduce|record|crawl|curat|annotat|label)\w*|our (?:own )?(?:\w+ )?data ?set", private=r"propriet|private|in-?house|internal|confidential|company|commercial|not (?:be )?(?:public|released|available)", synthetic=r"synthetic|simulat|toy|generated?\b|artificial|randomly|drawn|sampled from|gaussian",
        environment=r"atari|mujoco|environments?|\bgym\b|grid ?world|simulator|\bgame", cased_dataset_cited=rf"(?:data ?sets?|corpus|benchmark|database)\b[^.]{{0,40}}(?:{_CITE})", sizes=rf"{_NUMBER} (?:\w+ )?{_ITEMS}", evaluate=r"experiment|evaluat|results|test|train", several=r"(?:two|three|four|five|six|seven|eight|nine|ten|several|various|multiple|\d+) (?:\S+ ){0,3}data ?sets", cased_dataset_named=r"\b[A-Z][\w-]*[A-Z0-9][\w-]* (?:data ?set|corpus|benchmark|database)",
    ),
    Variable.SPLITS: _named(
        percent=r"\d+(?:\.\d+)? ?%", percent_near=rf"\d+(?:\.\d+)? ?%.{{0,60}}\b{_SET}|\b{_SET}\b.{{0,60}}\d+(?:\.\d+)? ?%", ratio=r"\b\d{1,3} ?[:/] ?\d{1,3}(?: ?[:/] ?\d{1,3})?\b", ratio_near=rf"\b\d{{1,3}} ?[:/-] ?\d{{1,3}}(?: ?[:/-] ?\d{{1,3}})?.{{0,50}}(?:split|{_SET})|(?:split|{_SET}).{{0,50}}\b\d{{1,3}} ?[:/] ?\d{{1,3}}",
        count_near=rf"{_NUMBER} (?:\w+ ){{0,2}}(?:for )?{_SET}|\b{_SET} (?:set|data|split|images|examples|samples)? ?(?:of|with|has|contains|consist\w*|size|is|:|=)? ?(?:\w+ ){{0,2}}{_NUMBER}", items=rf"{_NUMBER} (?:\w+ ){{0,2}}{_ITEMS}", three=r"train\w*.{1,120}valid\w*.{1,120}test|train\w*.{1,80}\bdev\w*.{1,80}test|train/val(?:id\w*)?/test", two=r"train\w*.{1,80}\btest",
        train=r"\btrain(?:ing)? (?:set|data|split|examples|samples|images|instances)|for training", valid=r"\bvalid\w* (?:set|data|split)|\bfor validation|held-?out|hold-?out|\bdev(?:elopment)? set", test=r"\btest(?:ing)? (?:set|data|split|examples|samples|images|instances)|for test(?:ing)?", split=r"\bsplits?\b|\bsplit(?:ting)?\b|partition|divid\w+", random_split=r"random(?:ly)? (?:\w+ ){0,3}(?:split|partition|divid|select|sampl|chos|held|hold)|(?:split|partition\w*|divided) (?:\w+ ){0,4}random",
        folds=r"\b(?:\d+|ten|five|three|two|k|n|leave-one-out)[- ]?folds?\b|cross-?\s?valid\w*|leave[- ]one", standard=r"(?:standard|official|original|default|same|predefined|provided|canonical|fixed|public|karpathy|given|common|usual|established) (?:\w+[-/ ]){0,3}(?:split|partition|protocol|train|test|valid|fold)", following=r"\bfollow(?:ing|s|ed)?\b|\bas in\b|\bsame as\b|protocol", remaining=r"\bremaining\b|\bthe rest\b|\bothers?\b|\bleft\b",
        seed=r"\bseeds?\b|stratif", select=r"(?:tun|select|choos|chose|pick|early stop|optimi[sz]|cross-?validated)\w*.{0,60}valid|valid\w*.{0,60}(?:tun|select|choos|chose|early|optimi)", time=r"test[- ]time|at test|training time|test error|test accuracy|training loss|validation (?:accuracy|loss|error)", repeat=r"(?:\d+|ten|five|several|multiple) (?:random |different |independent )?(?:splits|runs|trials|repetitions|times)", fewshot=r"\b\d+-(?:shot|way)|labell?ed (?:examples|samples|data)", portion=r"\bhalf\b|\bthirds?\b|\bquarter\b|\bfraction\b|\bproportion\b|\bportion\b|\bsubset\b", cased_named=any_of(DATASETS).pattern,
        count_large=r"\b\d{1,3}(?:,\d{3})+\b|\b\d{4,7}\b|\b\d+ ?[kK]\b", stat=r"hypothesis test|t-test|statistical test|wilcoxon|tested? (?:whether|if|on)",
    ),
    Variable.HARDWARE: _named(
        gpu_model=CHIPS, cpu_model=PROCESSORS, cloud=CLOUDS, ghz=r"\d ?ghz", ram=r"\d ?(?:gb|gigabytes?|tb|g)\b(?:.{0,20}(?:ram|memory|vram))?|\bram\b", gpu=r"\bgpus?\b|\btpus?(?:v\d)?\b", cpu=r"\bcpus?\b|processors?\b", cores=r"\b(?:\d+|single|dual|quad|one|two|four|eight)[- ]?cores?\b", counted=r"\b(?:\d+|a single|one|two|four|eight|single)(?: x|x)? (?:\w+ ){0,3}(?:gpus?|tpus?|cpus?|cores|nodes|machines)\b",
        ran=r"\b(?:ran|run|running|runs|trained|train|training|conducted|performed|carried out|executed|implemented|experiments?|simulations?|evaluated|computed|tested|timed?|measured|hours?|days?|minutes|seconds)\b", machine=r"machine|workstation|laptop|desktop|server|cluster|computer|\bpc\b|mac ?book|node|equipped|supercomputer", time=r"\b\d+(?:\.\d+)? ?(?:hours?|days?|minutes?|seconds?|ms|hrs?|h)\b", nvidia=r"nvidia", checklist=r"compute resources|total amount of compute|type of (?:compute|gpus|resources)",
        generic=r"^(?!.*\d).*\b(?:gpu|cpu|cluster|server)s?\b", thanks=r"donat|thank|support|grant|gift|acknowledg", parallel=r"parallel|distributed|speed-?up|throughput|memory (?:cost|usage|footprint|consumption)|latency|flops", theirs=r"\bet al|their\b|prior work|previous", limit=r"\b(?:fit|limit|budget|timeout|time limit|bound)\w*", acc_phone=r"iphone|android|phone|mobile|snapdragon|raspberry", all_experiments=r"all (?:of )?(?:our |the )?(?:experiments|models|methods|algorithms|runs|training|results|timings)",
    ),
    Variable.SOFTWARE: _named(
        versioned=rf"(?:{LIBRARIES}|{SOLVERS}|{LANGUAGES})[ \w()/,-]{{0,14}}?(?:==|version|ver\.?|v\.?|release|-)? ?\(?v?\d+(?:\.\d+)+", version_word=r"\bversions? \d|\bversion\b.{0,10}\d|\bv\d+\.\d|==\d", library=LIBRARIES, solver=SOLVERS, language=LANGUAGES, system=SYSTEMS, matlab_release=r"matlab[ (]*(?:version )?(?:r ?)?(?:20\d\d ?[ab]?|7\.\d|8\.\d|9\.\d)", several=rf"(?:{LIBRARIES}|{LANGUAGES}|{SOLVERS}).{{1,60}}(?:{LIBRARIES}|{LANGUAGES}|{SOLVERS})",
        several_versions=r"\d+\.\d+(?:\.\d+)?.{1,60}\b(?:v|version|with|and|using|,)\b.{0,40}\d+\.\d+(?:\.\d+)?", python_version=r"python[ -]?(?:version )?[23]\.\d", cuda_version=r"(?:cuda|cudnn)[ -]?(?:version |toolkit |v)?\d", framework_version=r"(?:pytorch|torch|tensorflow|keras|theano|jax|scikit-learn|sklearn|transformers|mxnet|caffe)[ -]?(?:==|version |v)?\(?\d+\.\d", solver_version=rf"(?:{SOLVERS})[ -]?(?:optimizer |solver |studio )?(?:version |v)?\(?\d+(?:\.\d+)*", cased_cited=rf"(?i:{LIBRARIES}|{SOLVERS}) ?\(?(?:{_CITE})",
        implemented=r"\bimplement\w*|\bcoded\b|\bwritten in\b|\bprogrammed\b|\bcompiled\b|\bbuilt (?:on|with|using)", use=r"\b(?:we|our|experiments?|using|use|used|with)\b", compiler=r"\bg\+\+ ?\d|\bgcc ?\d|\bjdk ?\d|\bjava ?[1-9]|\bo3\b", r_version=r"\bR (?:version )?\d\.\d", toolbox=r"\btool ?box\b|\bpackage\b|\blibrary\b", available=r"available|download|release", optim=r"\badam\b|\bsgd\b|optimizer",
    ),
    Variable.SETUP: _named(
        rate=r"learning[- ]rate|step[- ]?size|\blr\b", batch=r"batch", epochs=r"\bepochs?\b|iterations?|\bsteps\b", optimiser=r"\badam\w*\b|\bsgd\b|rmsprop|adagrad|adadelta|l-?bfgs|stochastic gradient|momentum|optimi[sz]er", decay=r"weight[- ]decay|drop-?out|regulari[sz]|penalty|early stopping", layers=r"\blayers?\b|hidden|units|filters|neurons|channels|embedding|dimension", pair=rf"(?:{_PARAMETER})\b[^.;]{{0,30}}?(?:=|of|to|is|was|:|with|are)? ?\d|\d[\d.,]* (?:\w+ )?(?:{_PARAMETER})",
        equals=r"[=∈] ?[\[{(]?\d", many_equals=r"= ?\d.{1,80}= ?\d", set_to=r"\b(?:set|fix(?:ed)?|use[ds]?|choose|chose|chosen|initiali[sz]ed?|equal) (?:\w+ ){0,6}(?:to|at|as|=|of|with|from)\b", grid=r"grid|\btuned?\b|tuning|selected from|range|search|cross-?valid|\{ ?\d[^}]*,", scientific=r"10 ?[-−^]|\d ?e-?\d|1e-|0\.0\d", defers=r"(?:detail|setting|hyper-?parameter|setup|configuration)s?.{0,60}(?:appendix|supplement|material|section)|(?:appendix|supplement).{0,60}(?:detail|hyper|setting)", default=r"default|standard|same (?:setting|hyper|parameter|setup|architecture)|recommended",
        hyper=r"hyper-?parameters?", parameter=r"\bparameters?\b", train=r"\btrain", initial=r"initiali", runs=r"\b(?:runs|trials|seeds|repetitions|repeat\w*|averaged?)\b", experiments=r"experiment|simulation|implementation", kernel=r"kernel|bandwidth|gaussian", numbers=r"\d[^\d]{1,40}\d[^\d]{1,40}\d", checklist=r"training details|experimental setting/details", reinforcement=r"replay|discount|episodes?|horizon|rollout", augment=r"augment|crop|flip|normali[sz]", architecture=r"architecture|resnet|vgg|lstm|transformer|\bmlp\b|cnn|network",
    ),
}  # fmt: skip


class Joined(NamedTuple):
    """A cue made of others: one of each set stands in the sentence, and none of `without`."""

    one_of_each: tuple[frozenset[str], ...]
    without: frozenset[str]

    def holds(self, cues: Set[str]) -> bool:
        """Tell whether a sentence with these cues shows this one."""
        return all(cues & each for each in self.one_of_each) and not cues & self.without


def _joined(*one_of_each: set[str], without: Set[str] = frozenset()) -> Joined:
    return Joined(tuple(frozenset(each) for each in one_of_each), frozenset(without))


OWN_LINK = "own_link"
_IS_CODE = {"code", "own_code", "code_for"}
_GIVEN = {"available", "released", "available_code", "we_release"}
_PLACE = {"link", "repository", "supplement", "anonymous", "project"}
_THEIRS = {"attributed", "official", "use_theirs", "owner", "baseline", "datasite", "library"}
_LATER = {"future", "acceptance", "request", "negated"}
_NOT_CODE = {"code", "implementation", "software", "own_code"}

JOINED: Mapping[Variable, Mapping[str, Joined]] = {
    Variable.CODE: {
        "own_released": _joined(_IS_CODE, _GIVEN, _PLACE, without=_THEIRS | _LATER | {"checklist", "compute"}),
        "own_promised": _joined(_IS_CODE, {"future", "acceptance"}, {"link", "repository"}, without={"request"}),
        "promised_bare": _joined(_IS_CODE, {"future", "acceptance"}, without={"link", "repository", "supplement", "anonymous"}),
        "theirs_linked": _joined({"link", "repository"}, _THEIRS | {"using"}, without={"we_release"}),
        "in_supplement": _joined(_IS_CODE, {"supplement"}, without=_THEIRS | _LATER | {"checklist"}),
        "bare_link": _joined(
            {"repository"},
            without={"code", "implementation", "software", "available", "released", "using", "data", "attributed", "official"},
        ),
        "data_linked": _joined({"data"}, {"link"}, without=_NOT_CODE),
        "page_only": _joined({"project", "video"}, {"link"}, without=_NOT_CODE),
        "said_available": _joined(_IS_CODE, _GIVEN, without=_PLACE | _THEIRS | _LATER | {"checklist", "compute"}),
        "own_linked": _joined({OWN_LINK}, {"link"}, without=_THEIRS),
    },
}
"""Who owns the code is told by cues that mean something only together."""
