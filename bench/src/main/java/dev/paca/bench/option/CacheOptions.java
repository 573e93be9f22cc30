package dev.paca.bench.option;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.PolicyText;
import picocli.CommandLine.Option;

/** How the cache stores, and how much it may take. */
public final class CacheOptions {
    @Option(
            names = {"-ctk", "--cache-type-k"},
            defaultValue = "f16",
            description = "Storage of keys (default ${DEFAULT-VALUE}).")
    private String keys = "f16";

    @Option(
            names = {"-ctv", "--cache-type-v"},
            defaultValue = "f16",
            description = "Storage of values (default ${DEFAULT-VALUE}).")
    private String values = "f16";

    @Option(
            names = "--kv-memory",
            defaultValue = "4096",
            description = "MiB that the cache may take (default ${DEFAULT-VALUE}).")
    private long memory = 4096;

    /** Everything kept and read, in that storage. */
    public KvPolicy dense() {
        return new KvPolicy(PolicyText.storage(keys), PolicyText.storage(values), 16);
    }

    /** Bytes that the cache may take. */
    public long bytes() {
        if (memory < 1) {
            throw new PacaException("--kv-memory is at least 1 MiB, found " + memory + ".");
        }
        return memory << 20;
    }

    /** {@code keys/values}, as they were named. */
    @Override
    public String toString() {
        return keys + "/" + values;
    }
}
