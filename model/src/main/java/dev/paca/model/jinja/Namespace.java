package dev.paca.model.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** The one value that a template can change: how a loop hands something to what follows it. */
final class Namespace {
    final Map<String, Object> members = new LinkedHashMap<>();
}
