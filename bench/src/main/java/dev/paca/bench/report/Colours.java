package dev.paca.bench.report;

import java.util.LinkedHashMap;
import java.util.Map;

/** One colour for a thing in all charts of a section, in the order in which things come up; the first is dense's. */
final class Colours {
    private final Map<String, Integer> known = new LinkedHashMap<>();

    Colours() {
        of("dense");
    }

    final int of(String name) {
        return known.computeIfAbsent(name, n -> known.size());
    }
}
