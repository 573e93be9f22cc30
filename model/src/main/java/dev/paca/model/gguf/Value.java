package dev.paca.model.gguf;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** A metadata value as it stands in the file. */
public sealed interface Value {
    /** Its type in the file. */
    ValueType type();

    /** A whole number of 8 to 64 bits; of an unsigned 64-bit one, the same bits. */
    record Whole(ValueType type, long value) implements Value {}

    /** A floating-point number. */
    record Real(ValueType type, double value) implements Value {}

    /** A truth value. */
    record Flag(boolean value) implements Value {
        @Override
        public ValueType type() {
            return ValueType.BOOL;
        }
    }

    /** A text. */
    record Text(String value) implements Value {
        @Override
        public ValueType type() {
            return ValueType.STRING;
        }
    }

    /**
     * An array of numbers, truth values or texts, left in the file: a vocabulary is decoded only when it is asked for.
     *
     * @param element type of the items, never {@link ValueType#ARRAY}
     * @param count how many items, at most {@link Integer#MAX_VALUE}
     * @param data the items' bytes, one after the other
     */
    record Items(ValueType element, int count, MemorySegment data) implements Value {
        @Override
        public ValueType type() {
            return ValueType.ARRAY;
        }
    }

    /** An array of arrays. */
    record Nested(List<Value> items) implements Value {
        @Override
        public ValueType type() {
            return ValueType.ARRAY;
        }
    }
}
