package dev.paca.langchain4j;

import dev.paca.kv.KvPolicy;
import dev.paca.model.Model;
import dev.paca.model.ModelOptions;
import dev.paca.model.chat.Prompts;
import dev.paca.model.engine.Engine;
import dev.paca.model.engine.EngineOptions;
import dev.paca.model.engine.Vocabulary;
import dev.paca.model.template.ChatTemplate;
import dev.paca.model.tokenizer.Tokenizer;
import java.util.List;
import java.util.function.Function;

/** Scripted models with Paca 28M's tokenizer, and a chat template for tools in the way of Qwen and Hermes. */
final class Scripted {
    static final String TEMPLATE = """
            {% for tool in tools or [] %}[tool offered]{{ tool.function | tojson }}
            {% endfor %}
            {% for m in messages %}
            [{{ m.role }}]{{ m.content }}
            {%- for c in m.tool_calls or [] %}<tool_call>{{ c.function | tojson }}</tool_call>{% endfor %}[end]
            {% endfor %}
            {% if add_generation_prompt %}[assistant]{% endif %}""";

    private Scripted() {}

    static PacaModel model(int contextLength, Function<String, List<String>> script) {
        Model source = Model.embedded(ModelOptions.DEFAULT.withContextLength(64).withKvBytes(64 << 20));
        Tokenizer tokenizer = source.tokenizer();
        Engine engine = new Engine(
                new ScriptedDecoder(tokenizer, contextLength, script), vocabulary(tokenizer), EngineOptions.DEFAULT);
        Prompts prompts = new Prompts(ChatTemplate.parse(TEMPLATE, "scripted template"), tokenizer);
        return new PacaModel("scripted", engine, prompts, KvPolicy.DENSE, () -> {
            engine.close();
            source.close();
        });
    }

    static Vocabulary vocabulary(Tokenizer tokenizer) {
        return new Vocabulary() {
            @Override
            public byte[] bytes(int token) {
                return tokenizer.bytes(token);
            }

            @Override
            public boolean isSpecial(int token) {
                return tokenizer.isSpecial(token);
            }

            @Override
            public boolean endsGeneration(int token) {
                return tokenizer.endsGeneration(token);
            }
        };
    }
}
