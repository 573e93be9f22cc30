package dev.paca.bench.output;

import dev.paca.model.json.Json;
import java.util.List;
import java.util.Map;

/**
 * A result.
 *
 * @param cells as people read it, one for each heading
 * @param data all of it
 */
public record Row(List<String> cells, Map<String, Json> data) {}
