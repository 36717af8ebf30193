"""models/recogniser.md: what the recogniser was trained on and how often it is right."""

TEXT = """# The recogniser

`recogniser.safetensors` ({kilobytes} kB, {parameters} k parameters, F16) seeds `sideband match` and the page's search: from a sound it tells when the key
went up, whether a supposed key is the right one, and which algorithm, feedback and ratios a DX7 voice may have that sounds so: a distribution
to draw from, because many voices sound alike. [core/match/recogniser.h](../core/match/recogniser.h) runs it.

Trained from nothing on {examples} random DX7-like voices (seeds from 1 000 000 of `tests/bench/match/targets.py`; the benchmark has those below
1000), played and heard by this engine itself: no recordings. {steps} steps in {minutes} minutes of one busy core, the making of most of the
voices included (what an interrupted run has made is kept, and not counted again):

```sh
python3 -m tools.train --threads 1 recogniser
```

On 4000 voices of other seeds (from 900 000):

| | the recogniser | for comparison |
| --- | --- | --- |
| key up within 16 ms | {up_within_16_ms} | {up_within_16_ms_by_rule} by the rule of core/match/key_up.h |
| held to the end: told so | {never_up_told} | {never_up_told_by_rule} by the rule |
| the right key before two wrong ones, one of them an octave, fifth or such off | {key_over_both_others} | 33 % by chance |
| the right algorithm first | {algorithm_first} | {algorithm_by_chance} by chance |
| the right algorithm among the first three | {algorithm_among_3} | 9 % by chance |
| an operator's ratio, those before it given | {ratio_right} | {ratio_most_common} if always the most common one |
| ratios that the best of 32 draws has, whatever the order | {ratios_found_in_draws} | {ratios_found_by_chance} drawn as common as they are |

The median error of the key up is {up_median_error_ms} ms; it is told to the 8 ms. Several algorithms sound alike whenever a modulator is quiet or the feedback
is 0, so 100 % cannot be had. It has heard nothing but such voices: of recorded sounds it knows what they share with them. Licence: Apache-2.0.
"""


def card(facts, kilobytes, parameters):
    said = {name: f"{100 * value:.0f} %" if isinstance(value, float) and name not in ("minutes", "up_median_error_ms")
            else value for name, value in facts.items()}
    return TEXT.format(kilobytes=kilobytes, parameters=parameters, **said)
