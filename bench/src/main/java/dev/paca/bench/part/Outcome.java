package dev.paca.bench.part;

import dev.paca.bench.output.Heading;
import dev.paca.bench.output.Row;
import dev.paca.model.json.Json;
import dev.paca.model.part.Part;
import dev.paca.model.part.Parts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a part of a layer took.
 *
 * @param layers how many ran one after the other
 * @param bytes that a layer reads
 * @param error how far its result was from the definition
 * @param seconds a layer's, whole: what goes in and comes out, and the gaps between kernels; one for each repetition
 * @param kernels a layer's kernels, by the device's own clock
 */
record Outcome(Trial trial, int layers, long bytes, double error, List<Double> seconds, List<Part.Kernel> kernels) {
    static final List<Heading> HEADINGS = List.of(
            Heading.text("part"),
            Heading.text("shape"),
            Heading.text("on"),
            Heading.text("setting"),
            Heading.number("tokens before"),
            Heading.number("sequences"),
            Heading.number("a layer, µs"),
            Heading.number("kernels, µs"),
            Heading.text("of which"),
            Heading.number("read, MiB"),
            Heading.number("of bandwidth"));

    /** The median of what the profiler has seen of each kernel. */
    static Outcome of(Trial trial, Part part, List<Double> seconds, List<List<Part.Kernel>> profiles) {
        int layers = part.layers();
        List<Part.Kernel> kernels = new ArrayList<>();
        for (Part.Kernel first : profiles.getFirst()) {
            List<Double> each = profiles.stream()
                    .flatMap(List::stream)
                    .filter(kernel -> kernel.name().equals(first.name()))
                    .map(Part.Kernel::seconds)
                    .toList();
            kernels.add(new Part.Kernel(first.name(), median(each) / layers, first.bytes() / layers));
        }
        return new Outcome(trial, layers, part.bytes() / layers, part.error(), seconds, kernels);
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int n = sorted.size();
        return n % 2 == 1 ? sorted.get(n / 2) : (sorted.get(n / 2 - 1) + sorted.get(n / 2)) / 2;
    }

    /** Half the distance between the slowest and the fastest repetition, over the median. */
    double spread() {
        double least = seconds.stream().mapToDouble(s -> s).min().orElse(0);
        double most = seconds.stream().mapToDouble(s -> s).max().orElse(0);
        return (most - least) / 2 / median(seconds);
    }

    double kernelSeconds() {
        return kernels.stream().mapToDouble(Part.Kernel::seconds).sum();
    }

    /**
     * Bytes read a second. A captured graph may take less than its kernels one by one, of which each counts the
     * microseconds that the profiler needs.
     */
    private double rate() {
        return bytes / Math.min(kernelSeconds(), median(seconds));
    }

    /** @param bandwidth bytes a second that the device reads */
    Row row(Parts device, double bandwidth) {
        List<String> cells = List.of(
                trial.part(),
                trial.shape().name(),
                device.device(),
                trial.setting(),
                trial.depth() == 0 ? "" : String.valueOf(trial.depth()),
                String.valueOf(trial.sequences()),
                micros(median(seconds)) + String.format(Locale.ROOT, " ± %.0f%%", 100 * spread()),
                micros(kernelSeconds()),
                kernels.stream().map(k -> k.name() + " " + micros(k.seconds())).collect(Collectors.joining(", ")),
                String.format(Locale.ROOT, "%.2f", bytes / (double) (1 << 20)),
                String.format(Locale.ROOT, "%.0f%%", 100 * rate() / bandwidth));
        return new Row(cells, data(device, bandwidth));
    }

    private Map<String, Json> data(Parts device, double bandwidth) {
        Map<String, Json> data = new LinkedHashMap<>();
        data.put("part", Json.of(trial.part()));
        data.put("shape", Json.of(trial.shape().name()));
        data.put("device", Json.of(device.device()));
        data.put("deviceName", Json.of(device.description()));
        data.put("setting", Json.of(trial.setting()));
        data.put("depth", Json.of(trial.depth()));
        data.put("sequences", Json.of(trial.sequences()));
        data.put("layers", Json.of(layers));
        data.put("error", Json.of(error));
        data.put("seconds", Json.of(median(seconds)));
        data.put("spread", Json.of(spread()));
        data.put("repetitions", new Json.Arr(seconds.stream().map(Json::of).toList()));
        data.put("kernelSeconds", Json.of(kernelSeconds()));
        Map<String, Json> each = new LinkedHashMap<>();
        for (Part.Kernel kernel : kernels) {
            Map<String, Json> one = new LinkedHashMap<>();
            one.put("seconds", Json.of(kernel.seconds()));
            one.put("bytes", Json.of(kernel.bytes()));
            each.put(kernel.name(), new Json.Obj(one));
        }
        data.put("kernels", new Json.Obj(each));
        data.put("bytes", Json.of(bytes));
        data.put("bandwidth", Json.of(bandwidth));
        data.put("roofline", Json.of(rate() / bandwidth));
        return data;
    }

    private static String micros(double seconds) {
        double micros = seconds * 1e6;
        return String.format(Locale.ROOT, micros < 100 ? "%.1f" : "%.0f", micros);
    }
}
