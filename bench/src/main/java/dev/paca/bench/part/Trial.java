package dev.paca.bench.part;

import dev.paca.bench.random.Shape;
import dev.paca.kv.KvPolicy;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.llama.LlamaConfig;
import dev.paca.model.part.Part;
import dev.paca.model.part.Parts;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What is measured on a device. */
sealed interface Trial {
    /** Layers by themselves: with so many, and as few as keep them below so many bytes, caches hold none of them. */
    int MOST_LAYERS = 8;

    long BYTES = 4L << 30;
    /** Runs that the profiler sees. */
    int PROFILES = 5;
    /** Nanoseconds of a repetition, at least. */
    long TURN = 20_000_000;

    /** The shape of the model. */
    Shape shape();

    /** {@code attention} or {@code products}. */
    String part();

    /** How the cache is kept, or the weights. */
    String setting();

    /** Tokens before; 0 for products. */
    int depth();

    /** Sequences that decode together. */
    int sequences();

    /** Bytes of a layer's data, about. */
    long layerBytes();

    /** The part on a device. */
    Part make(Parts device, LlamaConfig config);

    /** What it is, for people. */
    default String label() {
        return part() + " " + shape().name() + " " + setting()
                + (depth() == 0 ? "" : String.format(Locale.ROOT, " after %d tokens", depth())) + ", " + sequences()
                + (sequences() == 1 ? " sequence" : " sequences");
    }

    /**
     * Measures it.
     *
     * @param layers how many run; 0 for as many as caches cannot hold
     */
    default Outcome measure(Parts device, int layers, int repetitions, double warmUp) {
        int count = layers > 0 ? layers : Math.clamp(BYTES / Math.max(1, layerBytes()), 1, MOST_LAYERS);
        try (Part part = make(device, shape().config(count))) {
            List<Double> seconds = new ArrayList<>();
            long start = System.nanoTime();
            int runs = 0;
            do {
                part.run();
                runs++;
            } while (System.nanoTime() - start < warmUp * 1e9);
            int times = Math.clamp(TURN * runs / (System.nanoTime() - start), 1, 10_000);
            for (int i = 0; i < repetitions; i++) {
                long began = System.nanoTime();
                for (int j = 0; j < times; j++) {
                    part.run();
                }
                seconds.add((System.nanoTime() - began) / 1e9 / times / part.layers());
            }
            List<List<Part.Kernel>> profiles = new ArrayList<>();
            for (int i = 0; i < PROFILES; i++) {
                profiles.add(part.profile());
            }
            return Outcome.of(this, part, seconds, profiles);
        }
    }

    /** A decoded token's attention in each sequence. */
    record Attention(Shape shape, String setting, KvPolicy policy, int depth, int sequences) implements Trial {
        @Override
        public String part() {
            return "attention";
        }

        @Override
        public long layerBytes() {
            // Indexes of pages are a sixteenth to an eighth of them.
            return (long) sequences
                    * (depth + 1)
                    * shape.kvHeads()
                    * shape.headDim()
                    * (policy.k().bits() + 2)
                    / 4;
        }

        @Override
        public Part make(Parts device, LlamaConfig config) {
            return device.provider().attention(device.device(), config, policy, depth, sequences);
        }
    }

    /** The products of a layer. */
    record Products(Shape shape, GgmlType type, int sequences) implements Trial {
        @Override
        public String part() {
            return "products";
        }

        @Override
        public String setting() {
            return type.name().toLowerCase(Locale.ROOT);
        }

        @Override
        public int depth() {
            return 0;
        }

        @Override
        public long layerBytes() {
            long queries = (long) shape.heads() * shape.headDim();
            long keys = (long) shape.kvHeads() * shape.headDim();
            return type.bytes(shape.dim() * (2 * queries + 2 * keys + 3L * shape.ffnDim()));
        }

        @Override
        public Part make(Parts device, LlamaConfig config) {
            return device.provider().products(device.device(), config, type, sequences);
        }
    }
}
