package dev.paca.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedModelTest {
    private static final byte[] CONTENT = "what a jar holds".getBytes();

    @TempDir
    Path folder;

    @Test
    void aPlainFileIsMappedWhereItLies() {
        EmbeddedModel.Located located = EmbeddedModel.find();
        assertThat(located.file()).hasFileName("paca-28m-q8_0.gguf");
        assertThat(located.notes()).isEmpty();
    }

    @Test
    void theCacheIsWhereTheDesktopSays() {
        assertThat(EmbeddedModel.folder(Map.of("XDG_CACHE_HOME", "/c"), "/home/u"))
                .isEqualTo(Path.of("/c/paca"));
        assertThat(EmbeddedModel.folder(Map.of(), "/home/u")).isEqualTo(Path.of("/home/u/.cache/paca"));
    }

    @Test
    void isUnpackedOnceUnderItsChecksum() throws IOException {
        Path cache = folder.resolve("new/paca");
        Path file = extract(cache, stream()).file();
        assertThat(file)
                .hasBinaryContent(CONTENT)
                .hasFileName("paca-28m-q8_0-" + String.format("%08x", crc()) + ".gguf");
        assertThat(extract(cache, InputStream.nullInputStream()).file()).isEqualTo(file);
        try (Stream<Path> files = Files.list(cache)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void aDamagedCopyIsMadeAgain() throws IOException {
        Path file = extract(folder, stream()).file();
        byte[] damaged = CONTENT.clone();
        damaged[3] ^= 1;
        Files.write(file, damaged);
        assertThat(extract(folder, stream()).file()).isEqualTo(file).hasBinaryContent(CONTENT);
        Files.write(file, new byte[] {1, 2});
        assertThat(extract(folder, stream()).file()).isEqualTo(file).hasBinaryContent(CONTENT);
    }

    /** A file in the folder's place cannot become one, whoever runs the test. */
    @Test
    void withoutAFolderATemporaryFileServes() throws IOException {
        Path blocked = Files.writeString(folder.resolve("file"), "").resolve("paca");
        CRC32 crc = new CRC32();
        long size;
        try (InputStream model = EmbeddedModel.class.getResourceAsStream("paca-28m-q8_0.gguf")) {
            byte[] bytes = model.readAllBytes();
            crc.update(bytes);
            size = bytes.length;
        }
        EmbeddedModel.Located located = EmbeddedModel.extract(stream(), size, crc.getValue(), blocked);
        assertThat(located.file()).hasSize(size).exists();
        assertThat(located.notes()).hasSize(1).first().asString().contains(blocked.toString(), "XDG_CACHE_HOME");
        Files.delete(located.file());
    }

    @Test
    void aDamagedJarIsTold() {
        assertThatThrownBy(() -> EmbeddedModel.extract(stream(), CONTENT.length, crc() + 1, folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("checksum");
        assertThat(folder).isEmptyDirectory();
    }

    private static EmbeddedModel.Located extract(Path folder, InputStream in) throws IOException {
        return EmbeddedModel.extract(in, CONTENT.length, crc(), folder);
    }

    private static InputStream stream() {
        return new ByteArrayInputStream(CONTENT);
    }

    private static long crc() {
        CRC32 crc = new CRC32();
        crc.update(CONTENT);
        return crc.getValue();
    }
}
