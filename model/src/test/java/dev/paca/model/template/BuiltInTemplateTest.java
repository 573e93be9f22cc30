package dev.paca.model.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.PacaException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BuiltInTemplateTest {
    private static final TemplateInput TALK = TemplateInput.of(
            List.of(Message.system("Be brief."), Message.user("Hi"), Message.assistant("Hello."), Message.user("And?")),
            "<s>",
            "</s>");

    @Test
    void writeWhatTheirModelsWereTrainedOn() {
        assertThat(BuiltInTemplate.CHATML.template().render(TALK))
                .isEqualTo("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
                        + "<|im_start|>assistant\nHello.<|im_end|>\n<|im_start|>user\nAnd?<|im_end|>\n"
                        + "<|im_start|>assistant\n");
        assertThat(BuiltInTemplate.LLAMA3.template().render(TALK))
                .isEqualTo("<s><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
                        + "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
                        + "<|start_header_id|>assistant<|end_header_id|>\n\nHello.<|eot_id|>"
                        + "<|start_header_id|>user<|end_header_id|>\n\nAnd?<|eot_id|>"
                        + "<|start_header_id|>assistant<|end_header_id|>\n\n");
        assertThat(BuiltInTemplate.MISTRAL.template().render(TALK))
                .isEqualTo("<s>[INST] Be brief.\n\nHi [/INST] Hello.</s>[INST] And? [/INST]");
    }

    @Test
    void areFoundByNameAndBySpecialTokens() {
        assertThat(BuiltInTemplate.find("chatml")).contains(BuiltInTemplate.CHATML);
        assertThat(BuiltInTemplate.find("vicuna")).isEmpty();
        assertThat(BuiltInTemplate.guess(
                        Set.of("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "x")::contains, "m.gguf"))
                .isEqualTo(BuiltInTemplate.LLAMA3);
        assertThatThrownBy(() -> BuiltInTemplate.guess(Set.of("<s>")::contains, "m.gguf"))
                .isInstanceOf(PacaException.class)
                .hasMessageStartingWith("m.gguf has no chat template")
                .hasMessageContaining("chatml, llama3, mistral");
    }
}
