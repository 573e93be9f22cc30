/** Paca as a chat model of LangChain4j. */
@NullMarked
package dev.paca.langchain4j;

import org.jspecify.annotations.NullMarked;
