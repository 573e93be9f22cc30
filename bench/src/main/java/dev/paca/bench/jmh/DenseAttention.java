package dev.paca.bench.jmh;

import org.openjdk.jmh.annotations.Param;

/** Attention over everything, in each storage. */
public class DenseAttention extends LayerAttention {
    @Param({
        "f16",
        "bf16",
        "f32",
        "int8",
        "fp8_e4m3",
        "fp8_e4m3_tensor",
        "fp8_e4m3_head",
        "fp8_e4m3_token",
        "fp8_e5m2",
        "fp8_e5m2_tensor",
        "fp8_e5m2_head",
        "fp8_e5m2_token",
        "kivi4",
        "kivi2"
    })
    public String storage = "";

    @Override
    String stored() {
        return storage;
    }

    @Override
    String selected() {
        return "all";
    }
}
