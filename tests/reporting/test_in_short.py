"""The findings at the top of notebooks 04 to 06."""

from pathlib import Path

from synthlib import params as parameters
from synthlib.reporting import tables
from tests.helpers.fake_runs import write_fake_run


def test_findings_have_the_numbers_of_the_runs(tmp_path: Path) -> None:
    accuracies = {"baseline": 60, "synth_bg": 20, "synth_bg_adam": 30, "synth_bg_lr01": 18}
    accuracies |= {"mixed_synth100": 70, "real33": 40, "mixed_real33": 58}
    for name, top1 in accuracies.items():
        write_fake_run(tmp_path, name, top1)
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    found = tables.statements(p.output_dir, p.scale)
    gap = tables.domain_gap_in_short(p, found)
    assert gap.startswith("Scale tiny: 7 of 17 classes")
    assert "Trained on photographs (`baseline`): 60.0% on photographs, 60.0% on renders" in gap
    assert "(`synth_nobg`): not run at this scale." in gap
    assert "in place of photographs, accuracy on photographs changes by -40.0 points [" in gap
    assert "The thesis's statements: Of " in gap
    settings = tables.hyperparameters_in_short(p, found)
    assert "`synth_bg`, which the others vary: 20.0% on photographs" in settings
    assert "2 of 5 variations have run; `synth_bg_adam` changes" in settings
    assert "+10.0 points [" in settings
    mixing = tables.mixing_in_short(p, found)
    assert "All photographs, protocol `thesis`: 60.0% alone and 70.0% with all" in mixing
    assert "A third of the photographs, protocol `thesis`: 40.0% alone and 58.0%" in mixing
    assert "in place of all photographs, protocol `thesis`: -2.0 points [" in mixing


def test_over_stand_ins_nothing_is_concluded(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 60, scale="demo")
    p = parameters.load("demo", "baseline", outputs=str(tmp_path))
    text = tables.domain_gap_in_short(p, tables.statements(p.output_dir, p.scale))
    assert text.startswith("**STAND-IN data**: scale demo")
    assert "statements" not in text
    assert "60.0% on photographs" in text
