#!/usr/bin/env bash
# Measures what the report shows, on a machine that does nothing else. Build first (mvn package). Results
# are added to bench/results/*.jsonl; what was measured again counts in place of what was there.
#
#   bench/reference.sh [quality] [speed] [serve] [jmh] [report]      (all of them without arguments)
#   bench/reference.sh budgets                                       (hours on two cores)
#   bench/reference.sh gpu      (a quarter of an hour on a GPU; TORNADOVM_HOME names the SDK, now and when bench.jar was built)
#
# llama-bench is measured beside Paca where it is on the PATH.
set -euo pipefail
cd "$(dirname "$0")/.."
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
bench() { "$java" --add-modules=jdk.incubator.vector -jar bench/target/bench.jar "$@"; }
peer=()
if command -v llama-bench > /dev/null; then peer=(--peer llama-bench=llama-bench); fi
results=bench/results
mkdir -p "$results"

quality() {
    # Goes on where it was stopped.
    bench quality --lengths 4000,15000 --samples 20 -o "$results/answers.jsonl"
    bench quality --lengths 4000 --samples 20 --question prefill --budgets 1024 --probe 0 -o "$results/answers.jsonl" \
        --presets dense,streaming-llm,h2o,scissorhands,snapkv,pyramidkv,tova,ada-snapkv
    # A line a question is much; what a report shows of them is kept.
    bench report "$results/answers.jsonl" -o "$results/quality.jsonl"
}

# What the picture is made of.
budgets() {
    bench quality --lengths 4000,15000,30000 --samples 20 --budgets 16,32,64,128,256,512,1024 --kv-memory 12000 \
        -o "$results/answers-budgets.jsonl"
    bench report "$results/answers-budgets.jsonl" -o "$results/budgets.jsonl"
}

speed() {
    bench speed -p 512 -n 64 -d 0,4096 -r 5 "${peer[@]}" -o "$results/speed.jsonl"
    bench speed --random llama-3.2-1b,llama-3.2-1b:q4_0 -p 512 -n 32 -r 5 "${peer[@]}" -o "$results/speed.jsonl"
    local fp8=(-ctk fp8_e4m3 -ctv fp8_e4m3)
    bench speed -p 0 -n 64 -d 16384 -r 3 "${peer[@]}" -o "$results/speed.jsonl"
    bench speed -p 0 -n 64 -d 16384 -r 3 "${fp8[@]}" --kv-select quest:budget=512,key-codes:budget=64 "${peer[@]}" \
        -o "$results/speed.jsonl"
    # What chooses pages is compiled late.
    bench speed -p 0 -n 64 -d 4096,30000 -r 5 --warm-up 15 "${fp8[@]}" --kv-select quest:budget=512 -o "$results/speed.jsonl"
    bench speed -p 0 -n 64 -d 4096,16384,30000 -r 3 --kv-policy dense,fp8,quest,key-codes -o "$results/speed.jsonl"
}

serve() {
    local trace=(--requests 24 -p 1024 -n 128 --kv-memory 48)
    bench serve "${trace[@]}" --kv-policy dense,fp8,quest,quest+fp8 -o "$results/serve.jsonl"
    bench serve "${trace[@]}" -ctk kivi4 -ctv kivi4 -o "$results/serve.jsonl"
    bench serve "${trace[@]}" --kv-evict snapkv:budget=512 -o "$results/serve.jsonl"
    # Short prompts and long answers: decoding takes the time, and steps of more sessions read the weights no more often.
    bench serve --requests 12 --arrivals 20 -p 256 -n 512 --kv-memory 16 --kv-policy dense,fp8,quest+fp8 -o "$results/serve.jsonl"
}

jmh() {
    # Five seconds each, so that all weight types, storages and selectors at both head dims take about ten minutes.
    local short=(-wi 2 -i 3 -p kernels=vector --results "$results/jmh.jsonl")
    bench jmh Products -p cols=2048 "${short[@]}"
    bench jmh DenseAttention -p length=16384 "${short[@]}"
    bench jmh SparseAttention -p length=16384 "${short[@]}"
    bench jmh Scoring -p length=16384 "${short[@]}"
}

# On a GPU: decoding and prompts, beside GPULlama3.java where its launcher is on the PATH; attention and products by themselves,
# beside PyTorch's attention where Python has it.
gpu() {
    local sdk=${TORNADOVM_HOME:?names no SDK of TornadoVM: unpack one with the PTX backend, and build again}
    on_gpu() {
        "$java" "@$sdk/tornado-argfile" --module-path "$sdk/share/java/tornado" --add-modules=jdk.incubator.vector \
            -XX:MaxDirectMemorySize=1048576g -Dtornado.device.memory=70GB -jar bench/target/bench.jar "$@" --device ptx:0
    }
    gpu_speed() { on_gpu speed "$@" --warm-up 3 -o "md,$results/speed.jsonl"; }
    local other=()
    if command -v llama-tornado > /dev/null; then other=(--peer "gpullama3=$(command -v llama-tornado)"); fi
    gpu_speed --random llama-3.2-1b:f16,llama-3.2-1b:q8_0 -p 4096 -n 128 -r 3
    gpu_speed --random llama-3.2-1b:f16 -p 0 -n 128 -d 1024 -npl 1,16 -r 3
    gpu_speed --random llama-3.2-1b:f16 -p 0 -n 128 -d 1024 -npl 1,16 -r 3 --greedy
    gpu_speed --random llama-3.2-1b:f16 -p 0 -n 128 -d 0,32768 --kv-policy dense,quest+fp8 -r 2
    gpu_speed --random llama-3.1-8b:f16 -p 0 -n 64 -r 2
    gpu_speed --random llama-3.2-1b:f16 -p 512 -n 128 -r 3 "${other[@]}"

    local fp8=(-ctk fp8_e4m3 -ctv fp8_e4m3 --kv-select quest:budget=2048)
    gpu_device() { on_gpu device "$@" -o "md,$results/device.jsonl"; }
    python3 bench/sdpa.py "$results/device.jsonl" || echo "Goes on without PyTorch." >&2
    gpu_device attention --kv-policy dense -d 32768,131072
    gpu_device attention "${fp8[@]}" -d 32768,131072
    # As many tokens as an array of TornadoVM's holds.
    gpu_device attention --kv-policy dense --layers 1 -d 32768,131000 --sequences 8
    gpu_device attention "${fp8[@]}" -d 32768,131072 --sequences 8
    gpu_device products --weights f16,q8_0,q4_0
}

report() {
    local files=() each
    for each in quality speed serve jmh device; do
        if [ -e "$results/$each.jsonl" ]; then files+=("$results/$each.jsonl"); fi
    done
    bench report "${files[@]}" -o "$results/report.html,$results/report.md"
    bench report "$results/budgets.jsonl" -o "$results/answers.svg" \
        --kv-policy dense,quest,quest-mean,key-codes,sparq,double-sparsity,snapkv,oracle-tokens,oracle-pages
}

for part in "${@:-quality speed serve jmh report}"; do
    for each in $part; do "$each"; done
done
