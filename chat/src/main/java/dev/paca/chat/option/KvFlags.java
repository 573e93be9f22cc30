package dev.paca.chat.option;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.PolicyText;
import dev.paca.kv.Presets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the KV cache is stored, read and kept: a policy by name, and parts of it that replace the policy's own. */
public final class KvFlags {
    @Option(
            names = "--kv-policy",
            paramLabel = "NAME",
            defaultValue = "dense",
            description = "a policy by name, such as dense or quest; a wrong name lists them (default: dense)")
    private String preset = "dense";

    @Option(
            names = {"-ctk", "--cache-type-k"},
            paramLabel = "TYPE",
            defaultValue = "${env:LLAMA_ARG_CACHE_TYPE_K}",
            description =
                    "how keys are stored: f32, f16, bf16, fp8_e4m3, fp8_e5m2 (plain, or with a scale each _tensor,"
                            + " _head or _token), int8, kivi4 or kivi2 (default: f16)")
    private @Nullable String keys;

    @Option(
            names = {"-ctv", "--cache-type-v"},
            paramLabel = "TYPE",
            defaultValue = "${env:LLAMA_ARG_CACHE_TYPE_V}",
            description = "how values are stored, likewise (default: f16)")
    private @Nullable String values;

    @Option(
            names = "--kv-select",
            paramLabel = "NAME[:KEY=N,..]",
            description = "what a token reads: all, quest:budget=1024 and others, or double-sparsity:labels=FILE with"
                    + " a file of calibrate (default: all)")
    private @Nullable String selection;

    @Option(
            names = "--kv-mass",
            paramLabel = "SHARE",
            description = "stop reading at this share of the attention mass, with a selection: 0.95, top-p:0.85")
    private @Nullable String mass;

    @Option(
            names = "--kv-evict",
            paramLabel = "NAME[:KEY=N,..]",
            description = "which tokens are kept: none, or snapkv:budget=2048 and others (default: none)")
    private @Nullable String eviction;

    @Option(
            names = "--kv-page",
            paramLabel = "N",
            defaultValue = "0",
            description = "tokens of a page of the cache (default: 16)")
    private int pageTokens;

    @Option(
            names = "--kv-memory",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            description = "what the KV cache may hold: 512M, 4G (default: half of the free memory)")
    private @Nullable Long kvBytes;

    /** What the caches may hold, in bytes; 0 for the default. */
    public long bytes() {
        return kvBytes == null ? 0 : kvBytes;
    }

    /** @throws UsageException if there is no such policy, or its parts do not go together */
    public KvPolicy policy() {
        try {
            KvPolicy named = Presets.named(preset);
            return new KvPolicy(
                    keys == null ? named.k() : PolicyText.storage(keys),
                    values == null ? named.v() : PolicyText.storage(values),
                    pageTokens == 0 ? named.pageTokens() : pageTokens,
                    selection == null ? named.selection() : PolicyText.selection(selection),
                    mass == null ? named.pruning() : PolicyText.pruning(mass),
                    eviction == null ? named.eviction() : PolicyText.eviction(eviction));
        } catch (PacaException e) {
            throw new UsageException(e.getMessage());
        }
    }
}
