package dev.paca.chat.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class JavaLineTest {
    @Test
    void quotesWhatAShellWouldChange() {
        assertThat(JavaLine.quoted(List.of("/a/b-c_1.jar", "--x=y,z", "it's", "", "a b", "$HOME", "ü", "x\ny")))
                .isEqualTo("/a/b-c_1.jar --x=y,z 'it'\\''s' '' 'a b' '$HOME' 'ü' 'x\ny'");
    }
}
