package dev.paca.model.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextStreamTest {
    @Test
    void aCodePointWaitsForItsBytes() {
        TextStream stream = new TextStream(List.of());
        byte[] bytes = "a😀é".getBytes(StandardCharsets.UTF_8);
        StringBuilder steps = new StringBuilder();
        for (byte b : bytes) {
            steps.append(stream.accept(new byte[] {b})).append('|');
        }
        assertThat(steps.toString()).isEqualTo("a||||😀||é|");
        assertThat(stream.finish()).isEmpty();
    }

    @Test
    void bytesThatNeverBecomeACodePointAreReplaced() {
        TextStream stream = new TextStream(List.of());
        assertThat(stream.accept(new byte[] {'x', (byte) 0xe2, (byte) 0x82})).isEqualTo("x");
        assertThat(stream.finish()).isEqualTo("\ufffd");
        TextStream wrong = new TextStream(List.of());
        assertThat(wrong.accept(new byte[] {(byte) 0xe2, 'y'}) + wrong.finish()).isEqualTo("\ufffdy");
    }

    @Test
    void aPossibleStopIsHeldAndThenGiven() {
        TextStream stream = new TextStream(List.of("\nUser:"));
        assertThat(accept(stream, "Hi\nUs")).isEqualTo("Hi");
        assertThat(accept(stream, "ed")).isEqualTo("\nUsed");
        assertThat(accept(stream, " \nUser")).isEqualTo(" ");
        assertThat(stream.finish()).isEqualTo("\nUser");
        assertThat(stream.stop()).isNull();
    }

    @Test
    void aStopEndsTheText() {
        TextStream stream = new TextStream(List.of("World", " World"));
        assertThat(accept(stream, "Hello")).isEqualTo("Hello");
        assertThat(accept(stream, " Wor")).isEmpty();
        assertThat(accept(stream, "ld!")).isEmpty();
        assertThat(stream.stop()).isEqualTo(" World");
        assertThat(accept(stream, "more") + stream.finish()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void howTheBytesAreCutChangesNothing(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<String> stops = List.of("abab", "aé", "bb😀");
        for (int round = 0; round < 500; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(30); i > 0; i--) {
                text.append(List.of("a", "b", "é", "😀").get(random.nextInt(4)));
            }
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            TextStream stream = new TextStream(stops);
            StringBuilder given = new StringBuilder();
            for (int at = 0; at < bytes.length && stream.stop() == null; ) {
                int n = Math.min(bytes.length - at, 1 + random.nextInt(3));
                given.append(stream.accept(java.util.Arrays.copyOfRange(bytes, at, at + n)));
                at += n;
            }
            given.append(stream.finish());
            int first = stops.stream()
                    .mapToInt(text::indexOf)
                    .filter(i -> i >= 0)
                    .min()
                    .orElse(text.length());
            assertThat(given.toString()).isEqualTo(text.substring(0, first));
            assertThat(given.length() == text.length()).isEqualTo(stream.stop() == null);
        }
    }

    private static String accept(TextStream stream, String text) {
        return stream.accept(text.getBytes(StandardCharsets.UTF_8));
    }
}
