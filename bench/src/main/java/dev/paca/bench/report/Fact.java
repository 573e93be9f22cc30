package dev.paca.bench.report;

import dev.paca.kv.PacaException;
import dev.paca.model.json.Json;
import java.nio.file.Path;
import java.util.Map;

/**
 * A result of a file.
 *
 * @param file where it stands
 * @param data the result
 */
record Fact(Path file, Json.Obj data) {
    String kind() {
        return text("kind");
    }

    Source source() {
        return new Source(text("command"), text("machine"), text("jvm"), text("commit"));
    }

    String text(String name) {
        if (data.get(name) instanceof Json.Str text) {
            return text.value();
        }
        throw missing(name, "a text");
    }

    double number(String name) {
        if (data.get(name) instanceof Json.Num number) {
            return number.toDouble();
        }
        throw missing(name, "a number");
    }

    /** A number, or another where the result has none. */
    double number(String name, double otherwise) {
        return data.get(name) instanceof Json.Num number ? number.toDouble() : otherwise;
    }

    boolean has(String name) {
        return data.get(name) != null && data.get(name) != Json.Null.NULL;
    }

    /** The members of an object, each a fact of its own. */
    Map<String, Json> members(String name) {
        return data.get(name) instanceof Json.Obj object ? object.members() : Map.of();
    }

    /** An object of this result. */
    Fact inner(String name) {
        if (data.get(name) instanceof Json.Obj object) {
            return new Fact(file, object);
        }
        throw missing(name, "an object");
    }

    private PacaException missing(String name, String expected) {
        return new PacaException(file + ": a result has as " + name + " " + data.get(name) + ", expected " + expected
                + ". Take that line out, or measure again: " + data);
    }
}
