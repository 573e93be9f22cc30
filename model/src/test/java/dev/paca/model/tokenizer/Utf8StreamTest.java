package dev.paca.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8StreamTest {
    @Test
    void holdsACharacterBackUntilItIsWhole() {
        Utf8Stream stream = new Utf8Stream();
        byte[] alpaca = "🦙".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 3; i++) {
            assertThat(stream.append(new byte[] {alpaca[i]})).isEmpty();
            assertThat(stream.holds()).isTrue();
        }
        assertThat(stream.append(new byte[] {alpaca[3], 'a'})).isEqualTo("🦙a");
        assertThat(stream.holds()).isFalse();
        assertThat(stream.flush()).isEmpty();
    }

    @Test
    void replacesWhatCannotBecomeACharacterAtOnceAndWhatIsUnfinishedAtTheEnd() {
        Utf8Stream stream = new Utf8Stream();
        assertThat(stream.append(new byte[] {(byte) 0xE2, (byte) 0x82})).isEmpty();
        assertThat(stream.append(new byte[] {'x'})).isEqualTo("\uFFFDx");
        assertThat(stream.append(new byte[] {(byte) 0xF0, (byte) 0x9F})).isEmpty();
        assertThat(stream.flush()).isEqualTo("\uFFFD");
        assertThat(stream.append("é".getBytes(StandardCharsets.UTF_8))).isEqualTo("é");
    }

    @Test
    void isTheSameTextHoweverTheBytesAreCut() {
        long seed = 20261126;
        Random random = new Random(seed);
        byte[] interesting = "aé€🦙\u0000".getBytes(StandardCharsets.UTF_8);
        for (int round = 0; round < 2000; round++) {
            byte[] bytes = new byte[random.nextInt(24)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = random.nextInt(4) == 0
                        ? (byte) random.nextInt(256)
                        : interesting[random.nextInt(interesting.length)];
            }
            Utf8Stream stream = new Utf8Stream();
            StringBuilder text = new StringBuilder();
            for (int from = 0; from < bytes.length; ) {
                int to = Math.min(bytes.length, from + 1 + random.nextInt(5));
                text.append(stream.append(Arrays.copyOfRange(bytes, from, to)));
                from = to;
            }
            text.append(stream.flush());
            assertThat(text.toString())
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(new String(bytes, StandardCharsets.UTF_8));
        }
    }
}
