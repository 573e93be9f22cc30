package dev.paca.langchain4j;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.TokenCountEstimator;
import dev.paca.model.template.TemplateInput;
import java.util.ArrayList;
import java.util.List;

/** Counts with the model's own tokenizer and chat template, so what it says is exact. */
public class PacaTokenCountEstimator implements TokenCountEstimator {
    private final PacaModel model;

    public PacaTokenCountEstimator(PacaModel model) {
        this.model = model;
    }

    @Override
    public int estimateTokenCountInText(String text) {
        return model.prompts().tokenizer().encode(text, false).length;
    }

    @Override
    public int estimateTokenCountInMessage(ChatMessage message) {
        return estimateTokenCountInMessages(List.of(message));
    }

    @Override
    public int estimateTokenCountInMessages(Iterable<ChatMessage> messages) {
        List<ChatMessage> all = new ArrayList<>();
        messages.forEach(all::add);
        return Failures.mapped(() -> {
            TemplateInput input = model.prompts().input(Messages.of(all)).withGenerationPrompt(false);
            return model.prompts().encode(input).length;
        });
    }
}
