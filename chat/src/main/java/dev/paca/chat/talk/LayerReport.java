package dev.paca.chat.talk;

import dev.paca.kv.CacheUsage;
import dev.paca.kv.LayerUsage;
import java.util.List;

/** What each layer of a cache holds and has read; neighbours of which the same is to be said share a line. */
final class LayerReport {
    private LayerReport() {}

    /** Lines that each begin with a line break; none if nothing is held. */
    static String lines(CacheUsage usage) {
        StringBuilder s = new StringBuilder();
        List<LayerUsage> layers = usage.layers();
        for (int first = 0; first < layers.size() && usage.tokens() > 0; ) {
            String line = line(layers.get(first));
            int last = first;
            while (last + 1 < layers.size() && line(layers.get(last + 1)).equals(line)) {
                last++;
            }
            s.append(first == last ? "\nlayer " + first : "\nlayers " + first + " to " + last)
                    .append(": ")
                    .append(line);
            first = last + 1;
        }
        return s.toString();
    }

    private static String line(LayerUsage layer) {
        String held = layer.leastHeld() == layer.mostHeld()
                ? layer.mostHeld() + " tokens"
                : layer.leastHeld() + " to " + layer.mostHeld() + " tokens";
        if (layer.reads() == 0) {
            return held + " a head";
        }
        long mean = Math.round((double) layer.readTokens() / layer.reads());
        return held + " a head, " + mean + " read for an answer's token"
                + (layer.leastRead() == layer.mostRead()
                        ? ""
                        : " (" + layer.leastRead() + " to " + layer.mostRead() + ")");
    }
}
