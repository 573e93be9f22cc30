package dev.paca.model.gguf;

import dev.paca.kv.PacaException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What a file says of its model, by key. Every getter throws a {@link PacaException} that names the key if the value is
 * not of the wanted kind or, where no default is given, is not there.
 */
public final class Metadata {
    private final String file;
    private final Map<String, Value> values;

    Metadata(String file, Map<String, Value> values) {
        this.file = file;
        this.values = Collections.unmodifiableMap(values);
    }

    /** The file that it is from, as messages name it. */
    public String file() {
        return file;
    }

    /** All keys, in the file's order. */
    public Set<String> keys() {
        return values.keySet();
    }

    /** Whether there is a value. */
    public boolean has(String key) {
        return values.containsKey(key);
    }

    /** The value as it stands in the file. */
    public Optional<Value> value(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /** A text. */
    public String string(String key) {
        return required(key) instanceof Value.Text text ? text.value() : wrong(key, "a text");
    }

    /** A text, or {@code otherwise} if there is none. */
    public String string(String key, String otherwise) {
        return has(key) ? string(key) : otherwise;
    }

    /** A whole number of any width. */
    public int integer(String key) {
        return required(key) instanceof Value.Whole whole && fits(whole.type(), whole.value())
                ? (int) whole.value()
                : wrong(key, "a whole number of at most 31 bits");
    }

    /** A whole number of any width, or {@code otherwise} if there is none. */
    public int integer(String key, int otherwise) {
        return has(key) ? integer(key) : otherwise;
    }

    /** A truth value. */
    public boolean bool(String key) {
        return required(key) instanceof Value.Flag flag ? flag.value() : wrong(key, "a truth value");
    }

    /** A truth value, or {@code otherwise} if there is none. */
    public boolean bool(String key, boolean otherwise) {
        return has(key) ? bool(key) : otherwise;
    }

    /** A number. */
    public float real(String key) {
        return switch (required(key)) {
            case Value.Real real -> (float) real.value();
            case Value.Whole whole -> whole.value();
            default -> wrong(key, "a number");
        };
    }

    /** A number, or {@code otherwise} if there is none. */
    public float real(String key, float otherwise) {
        return has(key) ? real(key) : otherwise;
    }

    /** An array of texts, decoded anew at each call. */
    public String[] strings(String key) {
        Value.Items items = items(key, "an array of texts");
        if (items.element() != ValueType.STRING) {
            return wrong(key, "an array of texts");
        }
        String[] texts = new String[items.count()];
        long at = 0;
        for (int i = 0; i < texts.length; i++) {
            int length = (int) items.data().get(Cursor.LONG, at);
            byte[] bytes = items.data().asSlice(at + 8, length).toArray(ValueLayout.JAVA_BYTE);
            texts[i] = new String(bytes, StandardCharsets.UTF_8);
            at += 8 + length;
        }
        return texts;
    }

    /** An array of texts, or what {@code otherwise} gives if there is none. */
    public String[] strings(String key, Supplier<String[]> otherwise) {
        return has(key) ? strings(key) : otherwise.get();
    }

    /** An array of whole numbers of any width. */
    public int[] ints(String key) {
        String expected = "an array of whole numbers of at most 31 bits";
        Value.Items items = items(key, expected);
        if (!items.element().isWhole()) {
            return wrong(key, expected);
        }
        int[] numbers = new int[items.count()];
        for (int i = 0; i < numbers.length; i++) {
            long value = whole(
                    items.element(), items.data(), (long) i * items.element().bytes());
            if (!fits(items.element(), value)) {
                return wrong(key, expected);
            }
            numbers[i] = (int) value;
        }
        return numbers;
    }

    /** An array of whole numbers, or what {@code otherwise} gives if there is none. */
    public int[] ints(String key, Supplier<int[]> otherwise) {
        return has(key) ? ints(key) : otherwise.get();
    }

    /** An array of floating-point numbers. */
    public float[] floats(String key) {
        Value.Items items = items(key, "an array of floating-point numbers");
        if (!items.element().isReal()) {
            return wrong(key, "an array of floating-point numbers");
        }
        float[] numbers = new float[items.count()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = items.element() == ValueType.FLOAT32
                    ? items.data().get(Cursor.FLOAT, 4L * i)
                    : (float) items.data().get(Cursor.DOUBLE, 8L * i);
        }
        return numbers;
    }

    /** An array of floating-point numbers, or what {@code otherwise} gives if there is none. */
    public float[] floats(String key, Supplier<float[]> otherwise) {
        return has(key) ? floats(key) : otherwise.get();
    }

    private Value required(String key) {
        Value value = values.get(key);
        if (value == null) {
            throw new PacaException(file + ": metadata " + key + " is missing."
                    + " The file is incomplete: convert the model again, or get another file.");
        }
        return value;
    }

    private Value.Items items(String key, String expected) {
        return required(key) instanceof Value.Items items ? items : wrong(key, expected);
    }

    private <T> T wrong(String key, String expected) {
        throw new PacaException(file + ": metadata " + key + " is " + describe(required(key)) + ", expected " + expected
                + ". Convert the model again, or get another file.");
    }

    /** The value for a person: whole if it is short, otherwise what kind it is and how long; "missing" if there is none. */
    public String describe(String key) {
        return value(key).map(Metadata::describe).orElse("missing");
    }

    /** A value for a person: whole if it is short, otherwise what kind it is and how long. */
    static String describe(Value value) {
        return switch (value) {
            case Value.Text text -> quoted(text.value());
            case Value.Whole whole ->
                (whole.type() == ValueType.UINT64 ? Long.toUnsignedString(whole.value()) : Long.toString(whole.value()))
                        + " (" + whole.type() + ")";
            case Value.Real real -> real.value() + " (" + real.type() + ")";
            case Value.Flag flag -> String.valueOf(flag.value());
            case Value.Items items -> "an array of " + items.count() + " " + items.element() + " values";
            case Value.Nested nested -> "an array of " + nested.items().size() + " arrays";
        };
    }

    private static String quoted(String text) {
        return text.length() > 60 ? "a text of " + text.length() + " characters" : "\"" + GgufParser.shown(text) + "\"";
    }

    /** The number of type {@code type} at byte {@code at}. */
    static long whole(ValueType type, MemorySegment data, long at) {
        return switch (type) {
            case UINT8 -> data.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
            case INT8 -> data.get(ValueLayout.JAVA_BYTE, at);
            case UINT16 -> data.get(Cursor.SHORT, at) & 0xFFFF;
            case INT16 -> data.get(Cursor.SHORT, at);
            case UINT32 -> data.get(Cursor.INT, at) & 0xFFFF_FFFFL;
            case INT32 -> data.get(Cursor.INT, at);
            case UINT64, INT64 -> data.get(Cursor.LONG, at);
            case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> throw new IllegalArgumentException(type.name());
        };
    }

    private static boolean fits(ValueType type, long value) {
        return value == (int) value && (type != ValueType.UINT64 || value >= 0);
    }
}
