package dev.paca.chat.talk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.PacaException;
import dev.paca.model.engine.GenerationOptions;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParameterTest {
    @Test
    void eachChangesItselfAndNothingElse() {
        for (Parameter parameter : Parameter.ALL) {
            GenerationOptions changed = Parameter.set(GenerationOptions.DEFAULT, parameter.name(), "1");
            for (Parameter other : Parameter.ALL) {
                String before = other.get().apply(GenerationOptions.DEFAULT);
                String after = other.get().apply(changed);
                if (other == parameter) {
                    assertThat(after).as(other.name()).isIn("1", "1.0", "[1]");
                } else {
                    assertThat(after).as(other.name()).isEqualTo(before);
                }
            }
        }
    }

    @Test
    void takesStopsAway() {
        GenerationOptions stopping = Parameter.set(GenerationOptions.DEFAULT, "stop", "a b");
        assertThat(stopping.stop()).isEqualTo(List.of("a b"));
        assertThat(Parameter.set(stopping, "stop", "none").stop()).isEmpty();
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertThatThrownBy(() -> Parameter.set(GenerationOptions.DEFAULT, "tmep", "1"))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("tmep")
                .hasMessageContaining("top-k");
        assertThatThrownBy(() -> Parameter.set(GenerationOptions.DEFAULT, "top-k", "many"))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("many")
                .hasMessageContaining("40");
        assertThatThrownBy(() -> Parameter.set(GenerationOptions.DEFAULT, "top-p", "2"))
                .isInstanceOf(PacaException.class);
        assertThatThrownBy(() -> Parameter.set(GenerationOptions.DEFAULT, "predict", "-7"))
                .isInstanceOf(PacaException.class);
    }
}
