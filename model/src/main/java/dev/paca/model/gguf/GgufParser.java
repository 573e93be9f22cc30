package dev.paca.model.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the header of a GGUF file, version 2 or 3, and trusts nothing in it: every count is held against a limit and
 * against the bytes that are there before anything is made of it. Format: ggml's docs/gguf.md.
 */
final class GgufParser {
    static final int MAGIC = 0x46554747;
    static final int DEFAULT_ALIGNMENT = 32;
    static final String ALIGNMENT_KEY = "general.alignment";

    // Far above any real file (hundreds of entries, thousands of tensors), and low enough to keep the heap small.
    private static final int MAX_ENTRIES = 1 << 16;
    private static final int MAX_TENSORS = 1 << 16;
    private static final int MAX_KEY_BYTES = 512;
    private static final int MAX_TEXT_BYTES = 16 << 20;
    private static final int MAX_TEXT_BYTES_IN_ALL = 64 << 20;
    private static final int MAX_ITEMS = 1 << 24;
    private static final int MAX_NESTING = 8;
    private static final int MAX_DIMENSIONS = 4;

    private final Cursor in;
    private final MemorySegment file;
    private final String name;
    private final Map<String, Value> values = new LinkedHashMap<>();
    private long textBytes;
    private int nestedArrays;

    private record Place(String name, GgmlType type, long[] shape, long offset) {}

    GgufParser(MemorySegment file, String name) {
        this.in = new Cursor(file, name);
        this.file = file;
        this.name = name;
    }

    /** Reads everything; the tensors' data stay where they are. */
    Contents parse() {
        int version = version();
        int tensorCount = (int) in.count(MAX_TENSORS, "the number of tensors");
        int entryCount = (int) in.count(MAX_ENTRIES, "the number of metadata entries");
        for (int i = 0; i < entryCount; i++) {
            entry(i);
        }
        List<Place> places = new ArrayList<>();
        for (int i = 0; i < tensorCount; i++) {
            places.add(place(i));
        }
        return new Contents(version, new Metadata(name, values), tensors(places));
    }

    /** What a file holds. */
    record Contents(int version, Metadata metadata, Map<String, Tensor> tensors) {}

    private int version() {
        if (file.byteSize() < 4 || file.get(Cursor.INT, 0) != MAGIC) {
            throw in.refusal("this is not a GGUF file: it starts with " + beginning() + ", expected \"GGUF\"."
                    + " Paca reads models in GGUF, version 2 or 3.");
        }
        in.skip(4, "the magic");
        int version = in.int32("the version");
        if (version == 2 || version == 3) {
            return version;
        }
        int swapped = Integer.reverseBytes(version);
        if (swapped == 2 || swapped == 3) {
            throw in.refusal("the file is big-endian, expected little-endian."
                    + " Convert it with gguf-py's gguf_convert_endian.py, or get the usual file.");
        }
        throw in.refusal("GGUF version " + Integer.toUnsignedString(version) + ", expected 2 or 3."
                + " Convert the model again with a current llama.cpp.");
    }

    private String beginning() {
        StringBuilder text = new StringBuilder(file.byteSize() == 0 ? "nothing" : "bytes");
        for (long i = 0; i < Math.min(4, file.byteSize()); i++) {
            text.append(String.format(" %02x", file.get(ValueLayout.JAVA_BYTE, i)));
        }
        return text.toString();
    }

    private void entry(int index) {
        String key = text(MAX_KEY_BYTES, "the key of metadata entry " + index);
        String what = "metadata " + shown(key);
        if (values.putIfAbsent(key, value(valueType(what), what, 0)) != null) {
            throw in.damaged(what + " is there twice.");
        }
    }

    private ValueType valueType(String what) {
        int id = in.int32("the type of " + what);
        if (id < 0 || id >= ValueType.values().length) {
            throw in.damaged(what + " has value type " + Integer.toUnsignedString(id) + ", expected 0 to "
                    + (ValueType.values().length - 1) + ".");
        }
        return ValueType.values()[id];
    }

    private Value value(ValueType type, String what, int depth) {
        return switch (type) {
            case STRING -> new Value.Text(text(MAX_TEXT_BYTES, what));
            case ARRAY -> array(what, depth);
            case BOOL -> new Value.Flag(flag(in.int8(what), what));
            case FLOAT32 -> new Value.Real(type, Float.intBitsToFloat(in.int32(what)));
            case FLOAT64 -> new Value.Real(type, Double.longBitsToDouble(in.int64(what)));
            default -> new Value.Whole(type, Metadata.whole(type, in.slice(type.bytes(), what), 0));
        };
    }

    private boolean flag(byte found, String what) {
        if (found != 0 && found != 1) {
            throw in.damaged(what + " is the truth value " + found + ", expected 0 or 1.");
        }
        return found == 1;
    }

    private Value array(String what, int depth) {
        if (depth >= MAX_NESTING) {
            throw in.damaged(what + " has arrays in arrays deeper than " + MAX_NESTING + ".");
        }
        ValueType element = valueType("the items of " + what);
        int count = (int) in.count(MAX_ITEMS, "the number of items of " + what);
        if (element == ValueType.ARRAY) {
            return nested(count, what, depth);
        }
        if (element != ValueType.STRING) {
            MemorySegment data = in.slice((long) count * element.bytes(), what);
            for (int i = 0; element == ValueType.BOOL && i < count; i++) {
                flag(data.get(ValueLayout.JAVA_BYTE, i), what);
            }
            return new Value.Items(element, count, data);
        }
        long start = in.position();
        for (int i = 0; i < count; i++) {
            in.skip(in.count(MAX_TEXT_BYTES, "the length of an item of " + what), what);
        }
        return new Value.Items(element, count, file.asSlice(start, in.position() - start));
    }

    private Value nested(int count, String what, int depth) {
        List<Value> items = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (++nestedArrays > MAX_ENTRIES) {
                throw in.damaged(what + " has more than " + MAX_ENTRIES + " arrays in arrays.");
            }
            items.add(array(what, depth + 1));
        }
        return new Value.Nested(List.copyOf(items));
    }

    private String text(int limit, String what) {
        long before = in.position();
        String text = in.string(limit, what);
        textBytes += in.position() - before;
        if (textBytes > MAX_TEXT_BYTES_IN_ALL) {
            throw in.damaged("the metadata's texts come to more than " + MAX_TEXT_BYTES_IN_ALL + " bytes.");
        }
        return text;
    }

    private Place place(int index) {
        String tensor = text(MAX_KEY_BYTES, "the name of tensor " + index);
        String what = "tensor " + shown(tensor);
        int dimensions = in.int32("the number of dimensions of " + what);
        if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
            throw in.damaged(what + " has " + Integer.toUnsignedString(dimensions) + " dimensions, expected 1 to "
                    + MAX_DIMENSIONS + ".");
        }
        long[] shape = new long[dimensions];
        long elements = 1;
        for (int i = 0; i < dimensions; i++) {
            shape[i] = in.int64("the shape of " + what);
            // 2^56 numbers: more than any file holds, and small enough that no product below overflows.
            if (shape[i] < 1 || shape[i] > (1L << 56) / elements) {
                throw in.damaged(what + " has size " + Long.toUnsignedString(shape[i]) + " in dimension " + i
                        + ", expected at least 1, and fewer than 2^56 numbers in all.");
            }
            elements *= shape[i];
        }
        int id = in.int32("the type of " + what);
        GgmlType type = GgmlType.of(id)
                .orElseThrow(
                        () -> in.refusal(
                                what + " has type " + GgmlType.nameOf(id)
                                        + ", which is not supported (supported: " + GgmlType.supported()
                                        + "). Get the model in one of these, or re-quantise it with llama-quantize to Q4_K_M or Q8_0."));
        if (shape[0] % type.blockSize() != 0) {
            throw in.damaged(what + " of type " + type + " has rows of " + shape[0]
                    + " numbers, expected a multiple of " + type.blockSize() + ".");
        }
        return new Place(tensor, type, shape, in.int64("the offset of " + what));
    }

    private Map<String, Tensor> tensors(List<Place> places) {
        long alignment = alignment();
        long base = (in.position() + alignment - 1) / alignment * alignment;
        long available = Math.max(0, file.byteSize() - base);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (Place place : places) {
            String what = "tensor " + shown(place.name);
            long elements = new Tensor(place.name, place.type, place.shape, MemorySegment.NULL).elements();
            long bytes = place.type.bytes(elements);
            if (place.offset < 0 || place.offset % alignment != 0) {
                throw in.damaged(what + " is at offset " + Long.toUnsignedString(place.offset)
                        + ", expected a multiple of " + alignment + ".");
            }
            if (place.offset > available || bytes > available - place.offset) {
                throw in.damaged(what + " " + place.type + " " + Tensor.shapeText(place.shape) + " takes " + bytes
                        + " bytes from offset " + place.offset + ", but the file has only " + available
                        + " bytes of tensors.");
            }
            Tensor tensor = new Tensor(place.name, place.type, place.shape, file.asSlice(base + place.offset, bytes));
            if (tensors.putIfAbsent(place.name, tensor) != null) {
                throw in.damaged(what + " is there twice.");
            }
        }
        return tensors;
    }

    private long alignment() {
        Value value = values.get(ALIGNMENT_KEY);
        if (value == null) {
            return DEFAULT_ALIGNMENT;
        }
        if (!(value instanceof Value.Whole found)
                || found.type() != ValueType.UINT32
                || found.value() < 8
                || Long.bitCount(found.value()) != 1) {
            throw in.damaged("metadata " + ALIGNMENT_KEY + " is " + Metadata.describe(value)
                    + ", expected a UINT32 power of two of at least 8.");
        }
        return found.value();
    }

    /** A name from a file, fit for a terminal: short and without control characters. */
    static String shown(String name) {
        String text = name.codePoints()
                .limit(80)
                .map(c -> Character.isISOControl(c) ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return text.isEmpty() ? "\"\"" : text;
    }
}
