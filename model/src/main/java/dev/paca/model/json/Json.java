package dev.paca.model.json;

import dev.paca.kv.PacaException;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A JSON value (RFC 8259). Numbers keep the text they were written with, objects the order of their members. */
public sealed interface Json {

    /** Members in order; of members with one name the last one counts. */
    record Obj(Map<String, Json> members) implements Json {
        public Obj {
            members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
        }

        /** The member of that name, or null. */
        public @Nullable Json get(String name) {
            return members.get(name);
        }

        @Override
        public String toString() {
            return JsonWriter.compact(this);
        }
    }

    /** Values in order. */
    record Arr(List<Json> items) implements Json {
        public Arr {
            items = List.copyOf(items);
        }

        @Override
        public String toString() {
            return JsonWriter.compact(this);
        }
    }

    /** Text; may hold lone surrogates, which are printed escaped. */
    record Str(String value) implements Json {
        @Override
        public String toString() {
            return JsonWriter.compact(this);
        }
    }

    /** A number as it was written. */
    record Num(String literal) implements Json {
        /** Whether it was written without fraction and exponent. */
        public boolean isInteger() {
            return literal.chars().allMatch(c -> c == '-' || (c >= '0' && c <= '9'));
        }

        /** The nearest double. */
        public double toDouble() {
            return Double.parseDouble(literal);
        }

        /**
         * The integer it is, also when written as {@code 1e3} or {@code 5.0}.
         *
         * @throws PacaException if it is none, or exceeds 32 bits
         */
        public int toInt() {
            // The exponent is looked at as text first: BigDecimal would build a billion digits for 1e999999999.
            double near = toDouble();
            if (Math.abs(near) <= Integer.MAX_VALUE && near == Math.rint(near)) {
                return (int) near;
            }
            throw new PacaException("JSON number " + literal + " is not an integer of 32 bits.");
        }

        @Override
        public String toString() {
            return literal;
        }
    }

    /** True or false. */
    enum Bool implements Json {
        FALSE,
        TRUE;

        @Override
        public String toString() {
            return this == TRUE ? "true" : "false";
        }
    }

    /** The value null. */
    enum Null implements Json {
        NULL;

        @Override
        public String toString() {
            return "null";
        }
    }

    static Json of(String text) {
        return new Str(text);
    }

    static Json of(boolean value) {
        return value ? Bool.TRUE : Bool.FALSE;
    }

    static Json of(long value) {
        return new Num(Long.toString(value));
    }

    /** A finite number; what is not finite has no JSON and becomes null. */
    static Json of(double value) {
        return Double.isFinite(value) ? new Num(new BigDecimal(Double.toString(value)).toString()) : Null.NULL;
    }

    /**
     * Reads one JSON value; nothing may follow it.
     *
     * @throws PacaException that names the place, what was found and what was expected
     */
    static Json parse(String text) {
        return new JsonReader(text).read();
    }

    /** Reads a JSON object; any other value is refused. */
    static Obj parseObject(String text) {
        if (parse(text) instanceof Obj object) {
            return object;
        }
        throw new PacaException("JSON: expected an object, that is text beginning with '{', found "
                + (text.length() > 40 ? text.substring(0, 40) + "…" : text) + ".");
    }

    /** Printed over several lines, each level two spaces deeper. */
    default String pretty() {
        return JsonWriter.pretty(this);
    }
}
