"""The command line: what it prints, what it returns, and how it ends when something goes wrong."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

import autograd_zoo
import autograd_zoo.train
from autograd_zoo import models, zoo
from autograd_zoo.cli import main

pytestmark = pytest.mark.usefixtures("wide_terminal")
COMMANDS = ["list", "check", "draw", "train", "atlas"]
ROOT = Path(autograd_zoo.__file__).parents[1]
COMMAND = [sys.executable, "-m", "autograd_zoo"]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", "PYTHONUTF8": "1", "COLUMNS": "100"}


def command(*args):
    return subprocess.run([*COMMAND, *args], capture_output=True, encoding="utf-8", timeout=60, env=ENVIRONMENT)


def start(*args, **more):
    return subprocess.Popen([*COMMAND, *args], encoding="utf-8", env=ENVIRONMENT, **more)


# ---- list -----------------------------------------------------------------------------------------------------------


def test_list_has_every_module_under_its_family(capsys):
    assert main(["list"]) == 0
    listed, family = {}, None
    for line in capsys.readouterr().out.splitlines():
        assert len(line) <= 110
        if line.startswith(" "):
            name, count, doc = re.fullmatch(r"  (\w+) +(none|\d+) printed  (\S.*)", line).groups()
            specimen = zoo.BY_NAME[name]
            printed = sum(row.source == "document" for row in specimen.rows)
            assert count == str(printed or "none") and doc == specimen.doc
            listed[name] = family
        else:
            family = line
    assert listed == {specimen.name: specimen.family for specimen in zoo.ZOO}


def test_list_has_the_networks_and_their_parameters(capsys):
    assert main(["list", "--models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    found = [re.fullmatch(r"(\w+) +([\d,]+) parameters  (\S.*\.)", line).groups() for line in lines]
    assert found == [(name, f"{n.parameters:,}", n.doc) for name, n in models.NETWORKS.items()]
    assert max(map(len, lines)) <= 110


# ---- check ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "expected"), [(["tanh"], ["tanh"]), (["elementwise", "relu"], ["add", "multiply", "relu"])]
)
def test_check_takes_modules_and_families(capsys, names, expected):
    assert main(["check", *names, "--seeds", "1"]) == 0
    out, err = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines()[2:] if re.match(r"\w+ .* ok$", line)] == expected
    assert f"{len(expected)} module" in out and "0 disagree" in out
    assert err == "checking ...\n"


def test_check_without_names_takes_the_whole_zoo(monkeypatch, capsys):
    monkeypatch.setattr(sys.modules["autograd_zoo.zoo.check"], "ZOO", zoo.ZOO[:3])
    assert main(["check", "--seeds", "1"]) == 0
    assert "3 modules, " in capsys.readouterr().out


def test_check_prints_a_screen_and_verbosely_all_of_it(monkeypatch, capsys):
    monkeypatch.setattr(sys.modules["autograd_zoo.zoo.check"], "ZOO", zoo.ZOO[:14])
    assert main(["check", "--seeds", "1"]) == 0
    screen = capsys.readouterr().out
    assert main(["check", "--seeds", "1", "-v"]) == 0
    whole = capsys.readouterr().out
    assert len(screen.splitlines()) <= 40 < len(whole.splitlines())
    assert screen.split("\n")[3].split()[:2] == ["elementwise", "2"] and "add " not in screen and "add " in whole
    assert screen.split("disagree. ")[1].split(".")[0].split() == whole.split("disagree. ")[1].split(".")[0].split()


def test_more_seeds_are_more_comparisons(capsys):
    counts = []
    for seeds in ("1", "2"):
        main(["check", "add", "--seeds", seeds])
        counts.append(int(re.search(r"([\d,]+) comparisons", capsys.readouterr().out)[1].replace(",", "")))
    assert counts[0] < counts[1]


def test_json_goes_to_a_file_beside_the_table(tmp_path, capsys):
    path = tmp_path / "report.json"
    assert main(["check", "tanh", "--seeds", "1", "--json", str(path)]) == 0
    report = json.loads(path.read_text(encoding="utf-8"))
    assert report["ok"] and {row["specimen"] for row in report["rows"]} == {"tanh"}
    assert "1 module, " in capsys.readouterr().out
    assert os.listdir(tmp_path) == ["report.json"]


def test_json_goes_to_standard_output_alone(capsys):
    assert main(["check", "tanh", "--seeds", "1", "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"]


def test_json_takes_the_place_of_what_a_link_leads_to(tmp_path, capsys):
    (tmp_path / "link.json").symlink_to(tmp_path / "report.json")
    (tmp_path / "report.json").write_text("old")
    assert main(["check", "add", "--seeds", "1", "--json", str(tmp_path / "link.json")]) == 0
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["ok"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_json_is_written_into_a_device_which_stays_one(tmp_path, capsys):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    copy = "import sys; sys.stdout.write(open(sys.argv[1], encoding='utf-8').read())"
    with subprocess.Popen([sys.executable, "-c", copy, str(pipe)], stdout=subprocess.PIPE) as cat:
        assert main(["check", "add", "--seeds", "1", "--json", str(pipe)]) == 0
        assert json.loads(cat.stdout.read())["ok"]
    assert pipe.is_fifo() and os.listdir(tmp_path) == ["pipe"]


def test_a_check_that_fails_leaves_an_old_report_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "report.json"
    path.write_text("old")
    monkeypatch.setattr(zoo, "check", lambda *args, **more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["check", "add", "--json", str(path)])
    assert path.read_text(encoding="utf-8") == "old" and os.listdir(tmp_path) == ["report.json"]


@pytest.mark.parametrize("args", [["relu", "--seeds", "1"], ["--formula", "recurrent.simple_rnn.dV"]])
def test_check_keeps_to_the_columns_that_there_are(monkeypatch, capsys, args):
    """Below a table, which is as wide as it is, with the same words in any width."""
    printed = {}
    for columns in ("1", "40", "60", "100", "300"):
        monkeypatch.setenv("COLUMNS", columns)
        assert main(["check", *args]) == 0
        text = capsys.readouterr().out
        lines = text[text.rfind("ok\n") + 1 :].splitlines() if "ok\n" in text else text.splitlines()
        assert max(map(len, lines)) <= max(int(columns), 40) or " " not in max(lines, key=len).strip()
        printed[columns] = text
    assert printed["1"] == printed["40"] != printed["60"] != printed["100"] == printed["300"]
    assert len({"".join(text.split()) for text in printed.values()}) == 1


def test_check_on_digits(capsys):
    pytest.importorskip("sklearn")
    assert main(["check", "linear", "softmax", "--data", "digits", "--seeds", "1"]) == 0
    assert "comparisons on real data, 0 disagree" in " ".join(capsys.readouterr().out.split())


# ---- draw -----------------------------------------------------------------------------------------------------------


def test_draw_writes_a_picture_of_the_module(tmp_path, capsys):
    path = tmp_path / "softmax.svg"
    assert main(["draw", "softmax", "-o", str(path)]) == 0
    assert capsys.readouterr() == (f"{path}: {zoo.BY_NAME['softmax'].doc}\n", "")
    svg = ElementTree.parse(path).getroot()
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert {"Softmax", "x", "softmax"} <= set(svg.itertext())


GREEK = {"gamma": "γ", "beta": "β", "mu": "μ", "sigma": "σ"}  # names that drawings write as letters


LONG = ("deep_simple_rnn", "deep_lstm")  # to draw; deep_gru stands for them


@pytest.mark.parametrize(
    "specimen", [pytest.param(s, id=s.name, marks=[pytest.mark.slow] * (s.name in LONG)) for s in zoo.ZOO]
)
def test_draw_names_every_input(tmp_path, specimen):
    path = tmp_path / "module.dot"
    assert main(["draw", specimen.name, "-o", str(path)]) == 0
    text = path.read_text(encoding="utf-8")
    assert text.startswith("digraph")
    shown = {x: re.sub("gamma|beta|mu|sigma", lambda m: GREEK[m[0]], x) for x in specimen.inputs}
    assert [x for x in shown if not re.search(rf'(label="|\\n){re.escape(shown[x])}', text)] == []


NETWORKS = (
    "resnet18 resnet50 mobilenet_v1 mobilenet_v2 shufflenet_v1 shufflenet_v2 densenet121 efficientnet_b0 vae".split()
)
LARGE = sorted(models.NETWORKS.keys() - set(NETWORKS))


@pytest.mark.parametrize("name", [*NETWORKS, *(pytest.param(name, marks=pytest.mark.slow) for name in LARGE)])
def test_draw_writes_a_picture_of_a_network_that_fits_a_page(tmp_path, capsys, name):
    path = tmp_path / "network.dot"
    assert main(["draw", name, "-o", str(path)]) == 0
    assert capsys.readouterr() == (f"{path}: {models.NETWORKS[name].doc}\n", "")
    boxes = re.findall(r"^\s*n\d+ \[label=", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert 2 < len(boxes) <= 20


@pytest.mark.parametrize("suffix", [".jpg", ""])
def test_draw_refuses_an_ending_that_it_does_not_know(tmp_path, capsys, suffix):
    assert main(["draw", "softmax", "-o", str(tmp_path / f"softmax{suffix}")]) == 2
    err = capsys.readouterr().err
    assert "cannot draw to" in err and ".svg" in err and err.count("\n") == 1
    assert os.listdir(tmp_path) == []


# ---- train ----------------------------------------------------------------------------------------------------------


def test_train_reports_each_epoch_and_repeats_itself_for_a_seed(capsys):
    pytest.importorskip("sklearn")
    outputs = []
    for seed in ("1", "1", "2"):
        assert main(["train", "digits", "--epochs", "2", "--seed", seed]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        outputs.append(out)
    assert outputs[0] == outputs[1] != outputs[2]
    head, *epochs, last = outputs[0].splitlines()
    assert re.fullmatch(r"mlp: 4,810 parameters; 1,438 digits to train on, 359 to test on", head)
    rows = [re.fullmatch(r"epoch +(\d+)  loss (\d\.\d{4})  accuracy +(\d+\.\d\d)%", line) for line in epochs]
    assert [int(row[1]) for row in rows] == [1, 2]
    assert float(rows[1][2]) < float(rows[0][2]) and float(rows[1][3]) > float(rows[0][3])
    assert re.fullmatch(r"test accuracy \d\d\.\d\d%", last)


def small(*args, steps="2"):
    """Run `train sort` for small epochs."""
    return main(["train", "sort", "--steps", steps, "--batch-size", "4", *args])


def test_a_training_that_is_resumed_prints_and_saves_what_it_would_have(tmp_path, capsys):
    path, copy = (str(tmp_path / f"{name}.npz") for name in ("run", "copy"))
    assert small("--epochs", "3", "--seed", "7", "--save", path) == 0
    straight = capsys.readouterr().out.splitlines()
    whole = Path(path).read_bytes()
    assert small("--epochs", "1", "--seed", "7", "--save", path) == 0
    capsys.readouterr()
    assert main(["train", "sort", "--epochs", "3", "--resume", path, "--save", copy]) == 0
    resumed = capsys.readouterr().out.splitlines()
    assert resumed[:2] == [straight[0], f"{path}: 1 epoch is done, 2 of 3 left"]
    assert resumed[2:] == straight[2:]
    assert Path(copy).read_bytes() == whole
    assert sorted(os.listdir(tmp_path)) == ["copy.npz", "run.npz"]


def test_a_training_that_is_done_is_only_judged(tmp_path, capsys):
    path = str(tmp_path / "run.npz")
    assert small("--epochs", "2", "--save", path) == 0
    before = capsys.readouterr().out.splitlines()
    assert main(["train", "sort", "--epochs", "2", "--resume", path]) == 0
    after = capsys.readouterr().out.splitlines()
    assert after == [before[0], f"{path}: 2 epochs are done, none of 2 left", *before[3:]]


RESUMED = [
    (["copy"], "run.npz holds transformer for the task sort, and cannot go on as a model for copy; write: train sort "),
    (["text", "--model", "lstm"], "run.npz holds transformer for the task sort, and cannot go on as lstm for text"),
    (["sort", "--seed", "1"], "run.npz was started with --seed 0, and cannot go on with 1"),
]


@pytest.mark.parametrize(("args", "text"), RESUMED, ids=[" ".join(args) for args, _ in RESUMED])
def test_a_file_of_another_training_is_refused(tmp_path, capsys, args, text):
    path = str(tmp_path / "run.npz")
    assert small("--epochs", "1", "--save", path) == 0
    capsys.readouterr()
    assert main(["train", *args, "--resume", path]) == 2
    out, err = capsys.readouterr()
    assert out == "" and text in err and err.count("\n") == 1


def test_a_file_of_the_same_task_and_another_model_is_refused(tmp_path, capsys):
    pytest.importorskip("sklearn")
    path = str(tmp_path / "run.npz")
    assert main(["train", "digits", "--epochs", "1", "--steps", "1", "--save", path]) == 0
    assert main(["train", "digits", "--model", "cnn", "--resume", path]) == 2
    assert "holds mlp for the task digits, and cannot go on as cnn for digits" in capsys.readouterr().err


def test_text_of_another_python_is_refused(tmp_path, capsys, monkeypatch):
    path = str(tmp_path / "run.npz")
    for text in ("The one text. " * 40, "The other text. " * 40):
        monkeypatch.setattr(autograd_zoo.data.text, "topics", lambda text=text: text)
        before = ["--resume", path] if os.path.exists(path) else []
        status = main(["train", "text", "--epochs", "1", "--steps", "1", "--batch-size", "2", "--save", path, *before])
        assert status == (2 if before else 0)
    assert "it was trained on other data, the help of Python, number " in capsys.readouterr().err


def test_a_file_without_a_training_is_refused(tmp_path, capsys):
    path = str(tmp_path / "weights.npz")
    autograd_zoo.io.save(path, autograd_zoo.nn.Linear(2, 2).state_dict())
    assert main(["train", "sort", "--resume", path]) == 2
    assert capsys.readouterr().err.startswith(f"autograd-zoo: cannot go on from {path}: there are no settings")


def test_an_epoch_that_diverges_is_said_in_one_line(capsys, monkeypatch):
    monkeypatch.setattr(autograd_zoo.nn, "softmax_cross_entropy", lambda x, y: x.sum() * float("nan"))
    assert small("--epochs", "1") == 2
    assert "the loss of batch 1 of epoch 1 is nan: training has diverged" in capsys.readouterr().err


def test_text_shows_entropies_bits_and_a_sample(capsys, monkeypatch):
    monkeypatch.setattr(autograd_zoo.data.text, "topics", lambda: "The cat sat on the mat.\nThe rat ran. " * 40)
    assert main(["train", "text", "--epochs", "2", "--steps", "3", "--batch-size", "4", "--prompt", "The cat"]) == 0
    head, _, unigrams, bigrams, *epochs, last, title, sample = capsys.readouterr().out.split("\n", 8)
    assert re.fullmatch(r"gru: [\d,]+ parameters; 1,332 characters to train on, 129 held out, 14 different ones", head)
    for line, name in ((unigrams, "unigrams"), (bigrams, "bigrams")):
        own, other = map(float, re.fullmatch(rf"  {name}: .* (\d\.\d{{3}}) +(\d\.\d{{3}})", line).groups())
        assert own < other
    for number, line in enumerate(epochs, 1):
        assert re.fullmatch(rf"epoch +{number}  \d\.\d{{3}} bits per character, \d\.\d{{3}} held out", line)
    assert re.match(r"held out \d\.\d{3} bits per character, (not )?below the \d\.\d{3} of its own bigrams", last)
    assert title == "a sample at temperature 0.7:" and sample.startswith("  The cat")


# ---- help, version, and wrong usage ---------------------------------------------------------------------------------


HELP = [[], *([name] for name in COMMANDS), *(["train", name] for name in ("digits", "text", "sort"))]


@pytest.mark.parametrize("args", HELP, ids=lambda args: " ".join(args) or "none")
def test_help_explains_every_command_and_argument(capsys, monkeypatch, args):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as caught:
        main([*args, "--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    expected = {
        (): [*COMMANDS, "examples:", "exit status: 0 all is well", "--version"],
        ("list",): ["usage: autograd-zoo list", "--models"],
        ("check",): ["names", "--data", "--seeds N", "--json FILE", "default 3"],
        ("atlas",): ["DIR", "names", "--seeds N", "--notebooks DIR", "extra 'atlas'"],
        ("draw",): ["name", "-o", "--output FILE", ".svg"],
        ("train",): ["digits", "text", "sort", "copy", "'data'"],
        ("train", "digits"): [
            "--model",
            "mlp",
            "cnn",
            "--epochs N",
            "default 20",
            "--seed S",
            "--lr RATE",
            "--steps N",
        ],
        ("train", "text"): ["gru", "lstm", "--save FILE", "--resume FILE", "--prompt TEXT", "--temperature T"],
        ("train", "sort"): ["transformer", "100 batches", "--batch-size N", "default 64"],
    }[tuple(args)]
    assert [text for text in expected if text not in out] == []
    assert max(map(len, out.splitlines())) <= 100


def test_without_a_command_there_is_help(capsys):
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("usage: autograd-zoo")


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"autograd-zoo {autograd_zoo.__version__}\n"


WRONG = [
    (["chekc"], "did you mean check? (see autograd-zoo --help)"),
    (["--verson"], "unrecognized arguments: --verson; did you mean --version? (see autograd-zoo --help)"),
    (["list", "everything"], "unrecognized arguments: everything (see autograd-zoo list --help)"),
    (["check", "sofmax"], "the zoo has no 'sofmax': did you mean softmax?"),
    (["check", "xyzzy"], "the zoo has no 'xyzzy': the families are elementwise, group,"),
    (["check", "--sead", "3"], "did you mean --seeds? (see autograd-zoo check --help)"),
    (["check", "--seeds", "0"], "argument --seeds: expected a whole number of at least 1, got '0'"),
    (["check", "--seeds", "many"], "argument --seeds: expected a whole number of at least 1, got 'many'"),
    (["check", "--data", "digit"], "did you mean digits?"),
    (["draw", "softmax", "-o", "/none/softmax.svg"], "cannot draw to /none/softmax.svg: No such file or directory\n"),
    (["lab"], "the following arguments are required: grade, SUBMISSION.ipynb"),
    (["lab", "grad", "x.ipynb"], "did you mean grade? (see autograd-zoo lab --help)"),
    (["check", "softmax", "--formula", "group.max.dx"], "--formula takes no names"),
    (["check", "--formulas", "--json", "-"], "--formulas takes no --json"),
    (["atlas"], "the following arguments are required: DIR (see"),
    (["check", "--json"], "argument --json: expected one argument"),
    (["draw"], "the following arguments are required: name"),
    (["draw", "softmx", "-o", "x.svg"], "did you mean softmax?"),
    (["draw", "resnet5O", "-o", "x.svg"], "neither a module of the zoo nor a network; did you mean resnet50?"),
    (["draw", "loss", "-o", "x.svg"], "loss is a family: name one of its modules, see autograd-zoo list"),
    (["train"], "the following arguments are required: task"),
    (["train", "digit"], "did you mean digits? (see autograd-zoo train --help)"),
    (["train", "digits", "--model", "mpl"], "did you mean mlp?"),
    (["train", "digits", "--epoks", "3"], "did you mean --epochs? (see autograd-zoo train digits --help)"),
    (["train", "digits", "--epochs", "-1"], "argument --epochs: expected a whole number of at least 1, got '-1'"),
    (["train", "sort", "--lr", "nan"], "argument --lr: expected a number above 0, got 'nan'"),
    (["train", "sort", "--batch-size", "0"], "argument --batch-size: expected a whole number of at least 1, got '0'"),
    (["train", "sort", "--save", "x.pt"], "--save: expected a file that ends in .npz or .safetensors, got 'x.pt'"),
    (["train", "sort", "--save", "/none/x.npz"], "cannot write /none/x.npz: No such file or directory"),
    (["train", "sort", "--resume", "/none/x.npz"], "cannot go on from /none/x.npz: No such file or directory"),
    (["train", "text", "--prompt", "∫"], "cannot train: the alphabet of"),
    (["train", "text", "--batch-size", "1000000"], "characters cannot be read as 1000000 streams; take fewer"),
    (["train", "digits", "--seed", "1.5"], "argument --seed: expected a whole number of at least 0, got '1.5'"),
]


@pytest.mark.parametrize(("args", "text"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_wrong_usage_is_one_line_and_status_2(capsys, args, text):
    assert main(args) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("autograd-zoo: ") and err.count("\n") == 1
    assert text in err


@pytest.mark.parametrize(("place", "text"), [("", "Is a directory"), ("none/report.json", "No such file or directory")])
def test_an_output_that_cannot_be_written_is_refused_before_the_work(tmp_path, capsys, monkeypatch, place, text):
    monkeypatch.setattr(zoo, "check", lambda *args, **more: pytest.fail("the work was done in vain"))
    path = tmp_path / place
    assert main(["check", "tanh", "--json", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err == f"autograd-zoo: cannot write {path}: {text}\n"
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("args", [["train", "digits"], ["check", "linear", "--data", "digits"]])
def test_without_scikit_learn_it_is_named(monkeypatch, capsys, args):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    assert main(args) == 2
    err = capsys.readouterr().err
    assert "pip install scikit-learn" in err and err.count("\n") == 1


# ---- as a process ---------------------------------------------------------------------------------------------------


def test_the_package_runs_as_a_module():
    done = command("check", "add", "--seeds", "1")
    assert (done.returncode, done.stderr) == (0, "checking ...\n")
    assert done.stdout.endswith("0 wrong.\n")
    assert command("chekc").returncode == 2


@pytest.mark.parametrize("args", [["list"], ["check", "add", "--seeds", "1"]])
def test_a_reader_that_has_gone_is_the_end_and_no_error(args):
    process = start(*args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    assert process.stderr.read() == ("checking ...\n" if args[0] == "check" else "")
    assert process.wait(timeout=20) == 0
    process.stderr.close()


def test_a_terminal_gets_a_progress_bar():
    termios = pytest.importorskip("termios", reason="no terminal can be opened here")
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    with start("check", "add", "tanh", "--seeds", "1", stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # how Linux says that the other end was closed
            while more := os.read(ours, 4096):
                shown += more
        os.close(ours)
        out = process.stdout.read()
    assert process.returncode == 0
    assert re.search(r"checking:.*\| \d/2 \[", shown.decode()) and "checking ..." not in shown.decode()
    assert "\r" not in out and "%|" not in out


def test_on_a_terminal_the_bar_of_an_epoch_counts_its_batches(monkeypatch, capsys):
    pytest.importorskip("sklearn")
    monkeypatch.setattr(pytest.importorskip("tqdm").tqdm, "monitor_interval", 0)  # no thread that outlives the test
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["train", "digits", "--epochs", "1"]) == 0
    out, err = capsys.readouterr()
    assert re.search(r"epoch:.*\| \d+/90 \[", err) and "%|" not in out


def test_a_full_disk_is_said_in_one_line():
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*COMMAND, "list"], stdout=full, stderr=subprocess.PIPE, encoding="utf-8", env=ENVIRONMENT
        )
    assert done.returncode == 2
    assert done.stderr.startswith("autograd-zoo: ") and done.stderr.count("\n") == 1


def test_ctrl_c_ends_a_long_training_in_one_line():
    pytest.importorskip("sklearn")
    process = start("train", "digits", "--epochs", "100000", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not process.stdout.readline().startswith("epoch"):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    sent = time.monotonic()
    _, err = process.communicate(timeout=10)
    assert time.monotonic() - sent < 5.0
    assert process.returncode == 130
    assert err == "\nautograd-zoo: interrupted\n"


def test_ctrl_c_leaves_the_last_complete_epoch_in_the_file(tmp_path):
    path = str(tmp_path / "run.npz")
    args = ("train", "sort", "--steps", "3", "--batch-size", "4", "--epochs", "100000", "--save", path)
    process = start(*args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not process.stdout.readline().startswith("epoch   2"):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    _, state = autograd_zoo.train.load(path)
    epochs = max([2, *(int(line.split()[1]) for line in out.splitlines())])
    assert int(state["epochs"]) in (epochs, epochs + 1)  # an epoch is saved before it is reported
    assert err == f"\nautograd-zoo: interrupted; go on with --resume {path}\n"
    assert os.listdir(tmp_path) == ["run.npz"]
