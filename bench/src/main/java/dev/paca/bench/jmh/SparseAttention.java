package dev.paca.bench.jmh;

import org.openjdk.jmh.annotations.Param;

/** Scoring, choice and attention under each selector. */
public class SparseAttention extends LayerAttention {
    @Param({"f16", "fp8_e4m3"})
    public String storage = "";

    @Param({
        "quest:budget=256,layers=0",
        "quest-mean:budget=256,layers=0",
        "key-codes:budget=256,layers=0",
        "double-sparsity:budget=256,layers=0",
        "sparq:budget=256,layers=0",
        "streaming:budget=256",
        "oracle-tokens:budget=256,layers=0",
        "oracle-pages:budget=256,layers=0"
    })
    public String select = "";

    @Override
    String stored() {
        return storage;
    }

    @Override
    String selected() {
        return select;
    }
}
