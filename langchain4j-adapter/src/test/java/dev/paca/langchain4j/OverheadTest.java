package dev.paca.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.paca.kv.KvPolicy;
import dev.paca.model.Model;
import dev.paca.model.ModelOptions;
import dev.paca.model.chat.Prompts;
import dev.paca.model.engine.Engine;
import dev.paca.model.engine.EngineOptions;
import dev.paca.model.engine.GenerationListener;
import dev.paca.model.engine.GenerationOptions;
import dev.paca.model.engine.Session;
import dev.paca.model.sampling.SamplingOptions;
import dev.paca.model.template.ChatTemplate;
import dev.paca.model.template.Message;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntToLongFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Measures what the adapter adds to the engine: the same requests in turn on both, over a decoder that takes no time. The
 * engine gets tokens, the adapter a conversation, so templates and tokenizer count as the adapter's. It prints and does not
 * judge, since a machine that does something else beside would fail it.
 */
@Tag("slow")
class OverheadTest {
    private static final int ROUNDS = 400;
    private static final int TOKENS = 256;

    private static final List<ChatMessage> TALK = List.of(
            SystemMessage.from("You are a helpful assistant, and answer in one sentence."),
            UserMessage.from("What is the capital of Germany, and how many people live there?"),
            AiMessage.from("The capital of Germany is Berlin, in which some four million people live."),
            UserMessage.from("And what is the capital of France?"));

    private static final ToolSpecification WEATHER = ToolSpecification.builder()
            .name("getWeather")
            .description("the weather of today")
            .parameters(JsonObjectSchema.builder()
                    .addStringProperty("city", "the name of a city")
                    .required("city")
                    .build())
            .build();

    @Test
    void overheadOfTheAdapter() {
        Model source = Model.embedded(ModelOptions.DEFAULT.withContextLength(64).withKvBytes(64 << 20));
        int[] words = source.tokenizer().encode(" the capital of it is a town where many people live", false);
        Engine engine = new Engine(
                new RoteDecoder(words, source.tokenizer().size()),
                Scripted.vocabulary(source.tokenizer()),
                EngineOptions.DEFAULT);
        Prompts prompts = new Prompts(ChatTemplate.parse(Scripted.TEMPLATE, "scripted template"), source.tokenizer());
        try (PacaModel loaded = new PacaModel("rote", engine, prompts, KvPolicy.DENSE, () -> {
            engine.close();
            source.close();
        })) {
            compare("plain", loaded, List.of());
            compare("one tool", loaded, List.of(WEATHER));
        }
    }

    private static void compare(String what, PacaModel loaded, List<ToolSpecification> tools) {
        PacaStreamingChatModel streaming =
                PacaStreamingChatModel.builder().model(loaded).temperature(0.0).build();
        PacaChatModel blocking =
                PacaChatModel.builder().model(loaded).temperature(0.0).build();
        List<Message> messages = Messages.of(TALK);
        int[] prompt = loaded.prompts()
                .encode(loaded.prompts()
                        .input(messages)
                        .withTools(tools.stream().map(Schemas::tool).toList()));
        try (Session session = loaded.engine().session(KvPolicy.DENSE)) {
            IntToLongFunction bare = tokens -> engine(session, prompt, tokens);
            double[] request = medians(1, bare, tokens -> stream(streaming, tools, tokens));
            double[] call = medians(1, bare, tokens -> call(blocking, tools, tokens));
            double[] long1 = medians(TOKENS, bare, tokens -> stream(streaming, tools, tokens));
            double token = ((long1[1] - long1[0]) - (request[1] - request[0])) / (TOKENS - 1);
            System.out.printf(
                    "adapter over engine, %s, prompt of %d tokens: %.1f us a streamed request (engine %.1f), "
                            + "%.1f us a blocking one, %.2f us a token (engine %.2f); medians of %d%n",
                    what,
                    prompt.length,
                    request[1] - request[0],
                    request[0],
                    call[1] - call[0],
                    token,
                    (long1[0] - request[0]) / (TOKENS - 1),
                    ROUNDS);
        }
    }

    /** Median times in microseconds, both run in turn. */
    private static double[] medians(int tokens, IntToLongFunction engine, IntToLongFunction adapter) {
        long[][] times = new long[2][ROUNDS];
        for (int round = -ROUNDS; round < ROUNDS; round++) {
            long bare = engine.applyAsLong(tokens);
            long whole = adapter.applyAsLong(tokens);
            if (round >= 0) {
                times[0][round] = bare;
                times[1][round] = whole;
            }
        }
        Arrays.sort(times[0]);
        Arrays.sort(times[1]);
        return new double[] {times[0][ROUNDS / 2] / 1e3, times[1][ROUNDS / 2] / 1e3};
    }

    private static long engine(Session session, int[] prompt, int tokens) {
        GenerationOptions options =
                GenerationOptions.DEFAULT.withSampling(SamplingOptions.GREEDY).withMaxTokens(tokens);
        StringBuilder text = new StringBuilder();
        long begin = System.nanoTime();
        int made = session.generate(prompt, options, new GenerationListener() {
                    @Override
                    public void onText(String more) {
                        text.append(more);
                    }
                })
                .tokens()
                .length;
        long time = System.nanoTime() - begin;
        assertThat(made).isEqualTo(tokens);
        return time;
    }

    private static ChatRequest request(List<ToolSpecification> tools, int tokens) {
        return ChatRequest.builder()
                .messages(TALK)
                .toolSpecifications(tools)
                .maxOutputTokens(tokens)
                .build();
    }

    private static long stream(PacaStreamingChatModel model, List<ToolSpecification> tools, int tokens) {
        StringBuilder text = new StringBuilder();
        CompletableFuture<ChatResponse> end = new CompletableFuture<>();
        long begin = System.nanoTime();
        model.chat(request(tools, tokens), new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String part) {
                text.append(part);
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                end.complete(response);
            }

            @Override
            public void onError(Throwable error) {
                end.completeExceptionally(error);
            }
        });
        ChatResponse response = end.join();
        long time = System.nanoTime() - begin;
        assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(tokens);
        return time;
    }

    private static long call(PacaChatModel model, List<ToolSpecification> tools, int tokens) {
        long begin = System.nanoTime();
        ChatResponse response = model.chat(request(tools, tokens));
        long time = System.nanoTime() - begin;
        assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(tokens);
        return time;
    }
}
