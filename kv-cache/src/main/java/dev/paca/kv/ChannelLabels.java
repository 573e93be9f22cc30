package dev.paca.kv;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The channels of every KV head of a model in the order of their worth to Double Sparsity (arXiv 2408.07092), as a file
 * keeps them: a value, compared by its contents.
 *
 * <p>The file is text. Its first line names the form and the model's geometry, its second the model; then comes a line for
 * each KV head of each layer, with all channels from the one that matters most:
 *
 * <pre>
 * paca channel labels 1: 12 layers, 2 KV heads, 64 channels
 * model Paca 28M
 * 5 37 12 …
 * </pre>
 */
public final class ChannelLabels {
    private static final String FORM = "paca channel labels 1: ";
    private static final String REMEDY = " Make the file anew with the command calibrate.";

    private final String source;
    private final String model;
    private final int layers;
    private final int kvHeads;
    private final int headDim;
    /** For each KV head of each layer, all channels. */
    private final int[] order;

    private ChannelLabels(String source, String model, int layers, int kvHeads, int headDim, int[] order) {
        this.source = source;
        this.model = model;
        this.layers = layers;
        this.kvHeads = kvHeads;
        this.headDim = headDim;
        this.order = order;
    }

    /**
     * @param model name of the model that they are of
     * @param worth what each channel is worth: for each KV head of each layer, {@code headDim} numbers
     */
    public static ChannelLabels of(String model, KvShape shape, double[][] worth) {
        int[] order = new int[worth.length * shape.headDim()];
        for (int head = 0; head < worth.length; head++) {
            double[] of = worth[head];
            Integer[] channels = new Integer[shape.headDim()];
            Arrays.setAll(channels, i -> i);
            Arrays.sort(channels, (a, b) -> Double.compare(of[b], of[a]));
            for (int i = 0; i < channels.length; i++) {
                order[head * shape.headDim() + i] = channels[i];
            }
        }
        return new ChannelLabels("", model, shape.layers(), shape.kvHeads(), shape.headDim(), order);
    }

    /**
     * Reads a file that {@link #write} wrote.
     *
     * @throws PacaException if it cannot be read, or holds something else
     */
    public static ChannelLabels read(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            throw new PacaException(file + ": there is no such file of channel labels. Check the path.", e);
        } catch (MalformedInputException e) {
            throw wrong(file, "it is not text");
        } catch (IOException e) {
            throw new PacaException(file + ": the channel labels cannot be read: " + e.getMessage() + ".", e);
        }
        if (lines.size() < 2 || !lines.get(0).startsWith(FORM) || !lines.get(1).startsWith("model ")) {
            throw wrong(file, "it does not begin with \"" + FORM + "…\"");
        }
        int[] sizes = numbers(file, 1, lines.getFirst().substring(FORM.length()).replaceAll("[^0-9]+", " "));
        if (sizes.length != 3 || Arrays.stream(sizes).anyMatch(size -> size < 1 || size > 1 << 16)) {
            throw wrong(file, "its first line does not give layers, KV heads and channels");
        }
        int heads = sizes[0] * sizes[1];
        if (lines.size() != heads + 2) {
            throw wrong(file, "it has " + (lines.size() - 2) + " lines of channels, expected " + heads);
        }
        int[] order = new int[heads * sizes[2]];
        for (int head = 0; head < heads; head++) {
            int[] channels = numbers(file, head + 3, lines.get(head + 2));
            int[] sorted = channels.clone();
            Arrays.sort(sorted);
            for (int i = 0; i < sizes[2]; i++) {
                if (channels.length != sizes[2] || sorted[i] != i) {
                    throw wrong(file, "line " + (head + 3) + " does not name each of " + sizes[2] + " channels once");
                }
            }
            System.arraycopy(channels, 0, order, head * sizes[2], channels.length);
        }
        String model = lines.get(1).substring("model ".length());
        return new ChannelLabels(file.toString(), model, sizes[0], sizes[1], sizes[2], order);
    }

    private static int[] numbers(Path file, int line, String text) {
        try {
            return Arrays.stream(text.strip().split("\\s+"))
                    .mapToInt(Integer::parseInt)
                    .toArray();
        } catch (NumberFormatException e) {
            throw wrong(file, "line " + line + " holds something else than whole numbers");
        }
    }

    private static PacaException wrong(Path file, String found) {
        return new PacaException(file + ": this is no file of channel labels, " + found + "." + REMEDY);
    }

    /** Writes them to a file, in place of what may be there. */
    public void write(Path file) throws IOException {
        StringBuilder text = new StringBuilder(FORM)
                .append(layers)
                .append(" layers, ")
                .append(kvHeads)
                .append(" KV heads, ")
                .append(headDim)
                .append(" channels\nmodel ")
                .append(model.replaceAll("\\R", " "))
                .append('\n');
        for (int i = 0; i < order.length; i++) {
            text.append(order[i]).append((i + 1) % headDim == 0 ? '\n' : ' ');
        }
        Files.writeString(file, text);
    }

    /** The {@code count} channels of a KV head that matter most, ascending. */
    public int[] first(int layer, int kvHead, int count) {
        int from = (layer * kvHeads + kvHead) * headDim;
        int[] channels = Arrays.copyOfRange(order, from, from + Math.min(count, headDim));
        Arrays.sort(channels);
        return channels;
    }

    /** @throws PacaException if they are of a model with another geometry */
    public void check(KvShape shape) {
        if (layers != shape.layers() || kvHeads != shape.kvHeads() || headDim != shape.headDim()) {
            throw new PacaException(
                    source + ": these channel labels are of another model, " + model + ", with " + layers
                            + " layers, " + kvHeads + " KV heads and " + headDim + " channels, expected "
                            + shape.layers() + ", "
                            + shape.kvHeads() + " and " + shape.headDim() + "." + REMEDY);
        }
    }

    /** @throws PacaException if they are of a model with another name */
    public void check(String name) {
        if (!model.equals(name.replaceAll("\\R", " "))) {
            throw new PacaException(source + ": these channel labels are of another model, found " + model
                    + ", expected " + name + "." + REMEDY);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ChannelLabels labels
                && layers == labels.layers
                && kvHeads == labels.kvHeads
                && Arrays.equals(order, labels.order);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(order);
    }

    /** The file they were read from. */
    @Override
    public String toString() {
        return source;
    }
}
