#!/usr/bin/env bash
# Trains the model that ships with the program, and writes its model card.
#
#   CAMP_TEST_DATA=DIR models/default/train.sh [--threads N] [--steps N] [--keep DIR]
#
# Data: the recordings in CAMP_TEST_DATA (they are not part of this repository; the card
# names their sources) and simulated participants for the tasks that no recording there
# has. Everything is pooled; participants of the test split are never trained on.
#
# Writes model.safetensors (16 bits) and MODEL_CARD.md beside this script. --keep DIR keeps
# what lies between (the data as used, the fp32 model, figures as JSON) and goes on from
# there when it was interrupted. The same data, threads and machine give the same bits.
# CAMP names the program (build/camp).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
camp=${CAMP:-$here/../../build/camp}
threads=1
# Pooled tasks take longer than one: twice the default, ended by validation.
steps=(--steps 1000)
work=

die() {
	printf 'train.sh: %s\n' "$*" >&2
	exit 1
}

while [ $# -gt 0 ]; do
	[ $# -gt 1 ] || die "$1 needs a value"
	case $1 in
	--threads) threads=$2 ;;
	--steps) steps=(--steps "$2") ;;
	--keep) work=$2 ;;
	*) die "there is no option \"$1\"" ;;
	esac
	shift 2
done

[ -x "$camp" ] || die "\"$camp\" is not there; run ./dev build, or set CAMP"
data=${CAMP_TEST_DATA:-}
[ -n "$data" ] || die "CAMP_TEST_DATA must name the folder of recordings"
for file in lef_attention.csv stroop13_trials.csv.gz muse_cueing_dev.csv; do
	[ -r "$data/$file" ] || die "\"$data/$file\" cannot be read"
done
command -v node >/dev/null || die "node is needed to write the model card"

if [ -n "$work" ]; then
	mkdir -p "$work"
else
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
fi

# A file without a task column gives its rows its own name, so these names are tasks.
ln -sf "$data/lef_attention.csv" "$work/lef.csv"
ln -sf "$data/stroop13_trials.csv.gz" "$work/stroop.csv.gz"
ln -sf "$data/muse_cueing_dev.csv" "$work/cueing.csv"

# Our own tasks with our own conditions first of all; fewer people than were recorded, so
# that simulated habits do not outweigh real ones where both exist.
"$camp" simulate --people 200 --sessions 1 --trials 160 --seed 2026 --prefix sim \
	--task visual-search --out "$work/sim-search.csv"
"$camp" simulate --people 60 --sessions 1 --trials 120 --seed 2027 --prefix simb \
	--task sart n-back --out "$work/sim-others.csv"

# One shape for the training and the card.
shape=(--encoder transformer --components 2 --width 64 --layers 2 --heads 4)
files=("$work/lef.csv" "$work/stroop.csv.gz" "$work/cueing.csv" "$work/sim-search.csv"
	"$work/sim-others.csv")

# Interrupted, it goes on from the state file that --keep kept.
"$camp" train --data "${files[@]}" "${shape[@]}" "${steps[@]}" --seed 1 \
	--threads "$threads" --out "$work/fp32.safetensors"
# 16 bits round the weights alone, so that a browser forecasts what the server does.
"$camp" quantise --model "$work/fp32.safetensors" --out "$work/model.safetensors" --type f16

size=$(stat -c %s "$work/model.safetensors")
[ "$size" -le 1000000 ] || die "the model has $size bytes; 1 MB is what may ship"

# None of the participants of cueing.csv is of the test, so it has no figures.
evaluate() { # NAME MODEL FILE
	"$camp" evaluate --model "$2" --data "$3" --split test --threads "$threads" --json \
		>"$work/$1.json"
}
for model in fp32 model; do
	evaluate "$model-lef" "$work/$model.safetensors" "$work/lef.csv"
	evaluate "$model-stroop" "$work/$model.safetensors" "$work/stroop.csv.gz"
	evaluate "$model-simulated" "$work/$model.safetensors" "$work/sim-search.csv"
done

node "$here/model_card.mjs" "$work" "camp train --data FILE... ${shape[*]} ${steps[*]} --seed 1 --threads $threads" \
	>"$work/MODEL_CARD.md"
cp "$work/model.safetensors" "$here/model.safetensors"
cp "$work/MODEL_CARD.md" "$here/MODEL_CARD.md"
printf 'wrote %s/model.safetensors (%s bytes) and MODEL_CARD.md\n' "$here" "$size"
