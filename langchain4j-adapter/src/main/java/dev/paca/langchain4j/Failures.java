package dev.paca.langchain4j;

import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.paca.kv.KvMemoryException;
import dev.paca.kv.PacaException;
import java.util.function.Supplier;

/** Paca's errors as LangChain4j's: what the request is to blame for, and what it is not. */
final class Failures {
    private Failures() {}

    static <T> T mapped(Supplier<T> work) {
        try {
            return work.get();
        } catch (PacaException e) {
            throw map(e);
        }
    }

    static LangChain4jException map(PacaException e) {
        boolean notTheRequest =
                e instanceof KvMemoryException || (e.getCause() != null && !(e.getCause() instanceof PacaException));
        String message = inOptions(e.getMessage());
        return notTheRequest ? new InternalServerException(message, e) : new InvalidRequestException(message, e);
    }

    /** Names the builders' options where the engine's sentences name those of the command line. */
    private static String inOptions(String message) {
        return message.replace("(-n)", "(maxOutputTokens)")
                .replace("(-c)", "(contextLength)")
                .replace("(-t)", "(threads)")
                .replace("with --device", "with device(…)")
                .replace("Raise --kv-memory", "Raise the limit (ModelOptions.withKvBytes)");
    }
}
