package dev.paca.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.PacaException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufTest {
    private static GgufWriter writer() {
        return new GgufWriter()
                .put("general.architecture", "llama")
                .put("a.number", -7)
                .put("a.real", 0.5f)
                .put("a.flag", true)
                .put("a.texts", new String[] {"", "tūtū", "\0"})
                .put("a.ints", new int[] {3, -1})
                .put("a.floats", new float[] {1.5f, -2})
                .tensor("x", GgmlType.F32, new long[] {3}, new float[] {1, 2, 3})
                .tensor("y", GgmlType.Q8_0, new long[] {32, 2}, new float[64]);
    }

    private static void check(Gguf gguf) {
        Metadata metadata = gguf.metadata();
        assertThat(gguf.version()).isEqualTo(3);
        assertThat(metadata.keys()).hasSize(7).startsWith("general.architecture");
        assertThat(metadata.string("general.architecture")).isEqualTo("llama");
        assertThat(metadata.value("a.number")).contains(new Value.Whole(ValueType.UINT32, 0xFFFF_FFF9L));
        assertThat(metadata.real("a.real")).isEqualTo(0.5f);
        assertThat(metadata.bool("a.flag")).isTrue();
        assertThat(metadata.strings("a.texts")).containsExactly("", "tūtū", "\0");
        assertThat(metadata.ints("a.ints")).containsExactly(3, -1);
        assertThat(metadata.floats("a.floats")).containsExactly(1.5f, -2);
        assertThat(gguf.tensors()).containsOnlyKeys("x", "y");
        Tensor x = gguf.tensors().get("x");
        assertThat(x.data().get(Cursor.FLOAT, 8)).isEqualTo(3);
        assertThat(x.data().byteSize()).isEqualTo(12);
        Tensor y = gguf.tensors().get("y");
        assertThat(y.shape()).containsExactly(32, 2);
        assertThat(y.type()).isEqualTo(GgmlType.Q8_0);
        assertThat(y.data().byteSize()).isEqualTo(68);
    }

    @Test
    void readsWhatWasWritten(@TempDir Path directory) {
        Path file = directory.resolve("small.gguf");
        writer().write(file);
        Gguf gguf = Gguf.open(file);
        check(gguf);
        MemorySegment data = gguf.tensors().get("x").data();
        gguf.close();
        gguf.close();
        assertThatThrownBy(() -> data.get(Cursor.FLOAT, 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void readsFromMemory() {
        try (Gguf gguf = Gguf.of(MemorySegment.ofArray(writer().bytes()), "memory")) {
            check(gguf);
        }
    }

    @Test
    void readsVersion2() {
        byte[] file = writer().bytes();
        file[4] = 2;
        assertThat(Gguf.of(MemorySegment.ofArray(file), "v2").version()).isEqualTo(2);
    }

    @Test
    void readsEveryTypeOfValue() {
        GgufBytes file = new GgufBytes().header(3, 0, 15);
        file.key("u8", 0).i8(0xFF).key("i8", 1).i8(0xFF).key("u16", 2).i8(0xFF).i8(0xFF);
        file.key("i16", 3).i8(0xFE).i8(0xFF).key("u32", 4).i32(-1).key("i32", 5).i32(-1);
        file.key("f32", 6)
                .i32(Float.floatToRawIntBits(0.25f))
                .key("bool", 7)
                .i8(1)
                .key("string", 8)
                .text("s");
        file.key("u64", 10).i64(-1).key("i64", 11).i64(-1).key("f64", 12).i64(Double.doubleToRawLongBits(0.1));
        file.key("u16s", 9).i32(2).i64(2).i8(1).i8(0).i8(2).i8(0);
        file.key("doubles", 9).i32(12).i64(1).i64(Double.doubleToRawLongBits(2.5));
        file.key("nested", 9)
                .i32(9)
                .i64(2)
                .i32(8)
                .i64(1)
                .text("t")
                .i32(0)
                .i64(1)
                .i8(9);
        Metadata metadata = file.gguf().metadata();
        assertThat(metadata.value("u8")).contains(new Value.Whole(ValueType.UINT8, 255));
        assertThat(metadata.integer("i8")).isEqualTo(-1);
        assertThat(metadata.integer("u16")).isEqualTo(65535);
        assertThat(metadata.integer("i16")).isEqualTo(-2);
        assertThat(metadata.value("u32")).contains(new Value.Whole(ValueType.UINT32, 0xFFFF_FFFFL));
        assertThat(metadata.integer("i32")).isEqualTo(-1);
        assertThat(metadata.real("f32")).isEqualTo(0.25f);
        assertThat(metadata.bool("bool")).isTrue();
        assertThat(metadata.string("string")).isEqualTo("s");
        assertThat(metadata.value("u64")).contains(new Value.Whole(ValueType.UINT64, -1));
        assertThat(metadata.integer("i64")).isEqualTo(-1);
        assertThat(metadata.real("f64")).isEqualTo(0.1f);
        assertThat(metadata.ints("u16s")).containsExactly(1, 2);
        assertThat(metadata.floats("doubles")).containsExactly(2.5f);
        assertThat(metadata.value("nested")).hasValueSatisfying(value -> {
            List<Value> items = ((Value.Nested) value).items();
            assertThat(items).extracting(Value::type).containsExactly(ValueType.ARRAY, ValueType.ARRAY);
            assertThat(((Value.Items) items.get(1)).element()).isEqualTo(ValueType.UINT8);
        });
    }

    @Test
    void saysWhatIsWrongWithAValue() {
        Metadata metadata =
                Gguf.of(MemorySegment.ofArray(writer().bytes()), "m.gguf").metadata();
        assertThatThrownBy(() -> metadata.string("absent"))
                .isInstanceOf(PacaException.class)
                .hasMessageStartingWith("m.gguf: metadata absent is missing.");
        assertThat(metadata.string("absent", "instead")).isEqualTo("instead");
        assertThat(metadata.integer("absent", 5)).isEqualTo(5);
        assertThatThrownBy(() -> metadata.integer("general.architecture"))
                .hasMessageContaining("is \"llama\", expected a whole number");
        assertThatThrownBy(() -> metadata.integer("a.number")).hasMessageContaining("is 4294967289 (UINT32)");
        assertThatThrownBy(() -> metadata.strings("a.ints"))
                .hasMessageContaining("is an array of 2 INT32 values, expected an array of texts");
        assertThatThrownBy(() -> metadata.floats("a.flag")).hasMessageContaining("is true, expected an array");
    }

    @Test
    void saysWhatIsWrongWithAPath(@TempDir Path directory) {
        Path absent = directory.resolve("absent.gguf");
        assertThatThrownBy(() -> Gguf.open(absent))
                .isInstanceOf(PacaException.class)
                .hasMessage(absent + ": there is no such file. Check the path.");
        assertThatThrownBy(() -> Gguf.open(directory))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("this is a directory");
    }
}
