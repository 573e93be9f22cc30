package dev.paca.bench.part;

import dev.paca.bench.option.KvPolicies;
import dev.paca.bench.output.Output;
import dev.paca.bench.output.OutputOptions;
import dev.paca.bench.random.Shape;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.part.Parts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Attention and products by themselves, on a device that TornadoVM reaches. */
@Command(
        name = "device",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Attention and products by themselves on a device: the time of a layer, that of its kernels, and what they"
                        + " read a second. What comes out is compared with the CPU's scalar kernels first.")
public final class DeviceCommand implements Callable<Integer> {
    private static final String ATTENTION = "attention";
    private static final String PRODUCTS = "products";

    @Parameters(paramLabel = "attention|products", arity = "0..*", description = "What is measured (default: both).")
    private List<String> parts = List.of();

    @Option(
            names = "--device",
            split = ",",
            defaultValue = Parts.AUTO,
            description = "Where, such as ptx:0 (default: the device to prefer).")
    private List<String> devices = List.of();

    @Option(
            names = "--shape",
            split = ",",
            defaultValue = "llama-3.1-8b",
            description = "Shapes of models, as speed --random names them (default ${DEFAULT-VALUE}).")
    private List<String> shapes = List.of();

    @Option(
            names = "-d",
            split = ",",
            defaultValue = "4096",
            description = "Tokens before the one that attends (default ${DEFAULT-VALUE}).")
    private List<Integer> depths = List.of();

    @Option(
            names = {"-npl", "--sequences"},
            split = ",",
            defaultValue = "1",
            description = "Sequences that decode together, and rows of products (default ${DEFAULT-VALUE}).")
    private List<Integer> sequences = List.of();

    @Mixin
    private KvPolicies policies = new KvPolicies();

    @Option(
            names = "--weights",
            split = ",",
            defaultValue = "f16,q8_0,q4_0,q4_k",
            description = "Types of weights in products (default ${DEFAULT-VALUE}).")
    private List<String> weights = List.of();

    @Option(
            names = "--layers",
            defaultValue = "0",
            description =
                    "Layers that run one after the other, each with data of its own: enough of them that none stays in"
                            + " a cache, as many as fit in a graph at most (default: up to 8 with 4 GiB together).")
    private int layers;

    @Option(names = "-r", defaultValue = "10", description = "Repetitions (default ${DEFAULT-VALUE}).")
    private int repetitions;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            defaultValue = "1",
            description = "How long each runs before it is timed (default ${DEFAULT-VALUE}).")
    private double warmUp;

    @Mixin
    private OutputOptions outputs = new OutputOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        check();
        CommandSpec command = Objects.requireNonNull(spec);
        Consumer<String> notice = command.commandLine().getErr()::println;
        List<Shape> known = shapes.stream().map(Shape::named).toList();
        List<Trial> trials = new ArrayList<>();
        if (asked(ATTENTION)) {
            trials.addAll(attention(known, policies.policies(notice)));
        }
        if (asked(PRODUCTS)) {
            trials.addAll(products(known));
        }
        List<Parts> all = devices.stream().map(Parts::on).toList();
        int failed = 0;
        try (Output output = outputs.open("device", command, notice)) {
            output.begin(Outcome.HEADINGS);
            for (Parts device : all) {
                double bandwidth = device.provider().bandwidth(device.device());
                for (Trial trial : trials) {
                    Outcome outcome;
                    try {
                        outcome = trial.measure(device, layers, repetitions, warmUp);
                    } catch (PacaException e) {
                        failed++;
                        notice.accept(trial.label() + " is left out: " + e.getMessage());
                        continue;
                    }
                    output.row(outcome.row(device, bandwidth));
                }
            }
        }
        return failed == 0 ? 0 : 1;
    }

    private boolean asked(String part) {
        return parts.isEmpty() || parts.contains(part);
    }

    private void check() {
        for (String part : parts) {
            if (!part.equals(ATTENTION) && !part.equals(PRODUCTS)) {
                throw new PacaException(
                        "There is no part '" + part + "', expected " + ATTENTION + " or " + PRODUCTS + ".");
            }
        }
        boolean positive =
                depths.stream().allMatch(d -> d > 0) && sequences.stream().allMatch(s -> s > 0);
        if (!positive || layers < 0 || repetitions < 1 || !(warmUp >= 0)) {
            throw new PacaException(
                    "-d, --sequences and -r are at least 1, --layers and --warm-up at least 0; found -d "
                            + depths + ", --sequences " + sequences + ", -r " + repetitions + ", --layers " + layers
                            + ", --warm-up " + warmUp + ".");
        }
    }

    private List<Trial> attention(List<Shape> known, Map<String, KvPolicy> kv) {
        List<Trial> trials = new ArrayList<>();
        for (Shape shape : known) {
            kv.forEach((label, policy) -> {
                if (!policy.eviction().isOff()) {
                    throw new PacaException("Attention by itself evicts nothing, found " + policy.eviction()
                            + ". Leave --kv-evict out: speed --device measures eviction.");
                }
                for (int count : sequences) {
                    depths.forEach(d -> trials.add(new Trial.Attention(shape, label, policy, d, count)));
                }
            });
        }
        return trials;
    }

    private List<Trial> products(List<Shape> known) {
        List<GgmlType> types = weights.stream().map(DeviceCommand::type).toList();
        List<Trial> trials = new ArrayList<>();
        for (Shape shape : known) {
            for (GgmlType type : types) {
                sequences.forEach(count -> trials.add(new Trial.Products(shape, type, count)));
            }
        }
        return trials;
    }

    private static GgmlType type(String name) {
        return Arrays.stream(GgmlType.values())
                .filter(type -> type.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new PacaException("There is no type '" + name + "' of weights, expected one of "
                        + Arrays.stream(GgmlType.values())
                                .map(type -> type.name().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(", "))
                        + "."));
    }
}
