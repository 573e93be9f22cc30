package dev.paca.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** 32 streams at a time, a third of them cancelled at a random part: each answers as alone, and nothing of them is left. */
class ManyStreamsTest {
    private static final int AT_ONCE = 32;
    /** Far beyond what any machine needs: a hang, not slowness, is what it finds. */
    private static final long MINUTES = 10;

    private static final List<String> QUESTIONS =
            List.of("What is the capital of Germany?", "Tell me a long story", "Say 'Hello World'", "Hm?");

    private final Random random = new Random(9);
    private final List<String> alone = new ArrayList<>();

    @Test
    void eachAnswersAsAlone() throws Exception {
        try (PacaModel loaded = Scripted.model(1024, Script::answers)) {
            PacaStreamingChatModel model = model(loaded);
            round(model);
            round(model);
            loaded.sessions().close();
            awaitNoPages(loaded);
        }
    }

    /** Prints pages, threads and heap before and after. */
    @Tag("slow")
    @Test
    void forFiveMinutes(@TempDir Path folder) throws Exception {
        try (PacaModel loaded = Scripted.model(1024, Script::answers)) {
            PacaStreamingChatModel model = model(loaded);
            for (int i = 0; i < 20; i++) {
                round(model);
            }
            await(() -> threads(folder)[1] == 0);
            int[] threadsBefore = threads(folder);
            long heapBefore = heap();
            long pagesBefore = loaded.engine().usage().pages();
            long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
            int asked = 0;
            while (System.nanoTime() < end) {
                round(model);
                asked += AT_ONCE;
            }
            await(() -> threads(folder)[1] == 0);
            int[] threadsAfter = threads(folder);
            long heapAfter = heap();
            System.out.printf(
                    "%d streams in 5 minutes: pages %d before, %d after; threads %d before, %d after; heap %d KiB before, %d after%n",
                    asked,
                    pagesBefore,
                    loaded.engine().usage().pages(),
                    threadsBefore[0],
                    threadsAfter[0],
                    heapBefore >> 10,
                    heapAfter >> 10);
            assertThat(heapAfter).isLessThan(heapBefore + (16 << 20));
            loaded.sessions().close();
            awaitNoPages(loaded);
        }
    }

    private PacaStreamingChatModel model(PacaModel loaded) throws Exception {
        PacaStreamingChatModel model =
                PacaStreamingChatModel.builder().model(loaded).build();
        for (String question : QUESTIONS) {
            alone.add(ask(model, question, Integer.MAX_VALUE).get(MINUTES, TimeUnit.MINUTES));
        }
        return model;
    }

    private void round(PacaStreamingChatModel model) throws Exception {
        List<CompletableFuture<String>> answers = new ArrayList<>();
        List<Integer> which = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            which.add(random.nextInt(QUESTIONS.size()));
            int stop = i % 3 == 0 ? random.nextInt(1, 20) : Integer.MAX_VALUE;
            answers.add(ask(model, QUESTIONS.get(which.get(i)), stop));
        }
        for (int i = 0; i < AT_ONCE; i++) {
            String answer = answers.get(i).get(MINUTES, TimeUnit.MINUTES);
            String whole = alone.get(which.get(i));
            if (i % 3 == 0) {
                assertThat(whole).startsWith(answer);
            } else {
                assertThat(answer).isEqualTo(whole);
            }
        }
    }

    private static void awaitNoPages(PacaModel loaded) throws InterruptedException {
        await(() -> loaded.engine().usage().pages() == 0);
    }

    /** Cancelled streams end by themselves, soon. */
    private static void await(BooleanSupplier reached) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES);
        while (!reached.getAsBoolean()) {
            assertThat(System.nanoTime()).as("it never came").isLessThan(end);
            Thread.sleep(20);
        }
    }

    /** Platform threads, and virtual ones of ours. */
    private static int[] threads(Path folder) {
        Path dump = folder.resolve("threads-" + System.nanoTime() + ".json");
        try {
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .dumpThreads(dump.toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.JSON);
            int ours = Files.readString(dump).split("\"paca-listener\"", -1).length - 1;
            Files.delete(dump);
            return new int[] {ManagementFactory.getThreadMXBean().getThreadCount(), ours};
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static long heap() throws InterruptedException {
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(50);
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static CompletableFuture<String> ask(PacaStreamingChatModel model, String question, int stop) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        model.chat(ChatRequest.builder().messages(UserMessage.from(question)).build(), new Collector(stop, answer));
        return answer;
    }

    /** Collects an answer, or cancels it at a part and gives what there is. */
    private static final class Collector implements StreamingChatResponseHandler {
        private final StringBuilder text = new StringBuilder();
        private final int stop;
        private final CompletableFuture<String> answer;
        private int parts;

        Collector(int stop, CompletableFuture<String> answer) {
            this.stop = stop;
            this.answer = answer;
        }

        @Override
        public void onPartialResponse(PartialResponse part, PartialResponseContext context) {
            text.append(part.text());
            if (++parts == stop) {
                context.streamingHandle().cancel();
                answer.complete(text.toString());
            }
        }

        @Override
        public void onCompleteResponse(ChatResponse response) {
            assertThat(response.aiMessage().text()).isEqualTo(text.toString());
            answer.complete(text.toString());
        }

        @Override
        public void onError(Throwable error) {
            answer.completeExceptionally(error);
        }
    }
}
