package dev.paca.model.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.PacaException;
import dev.paca.model.json.Json;
import dev.paca.model.sampling.TokenConstraint;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonGrammarTest {
    /** All bytes, some longer tokens, a special one, one that ends the text. */
    private static final List<byte[]> TOKENS = tokens();

    private static final int SPECIAL = TOKENS.size() - 2;
    private static final int END = TOKENS.size() - 1;
    private static final TokenIndex INDEX =
            TokenIndex.of(TOKENS.size(), TOKENS::get, id -> id >= SPECIAL, id -> id == END);

    private static List<byte[]> tokens() {
        List<byte[]> tokens = new ArrayList<>();
        for (int i = 0; i < 256; i++) {
            tokens.add(new byte[] {(byte) i});
        }
        for (String text : List.of(
                "{\"",
                "\":",
                "\": \"",
                "\"}",
                "\",\"",
                "\", \"",
                "},{",
                "]}",
                "[[",
                "[{\"",
                "}}",
                "null",
                "true",
                "false",
                "12",
                "345",
                "-1",
                ".5",
                "e10",
                "name",
                "age",
                "ab",
                "é",
                "你好",
                "\\n",
                "\\\"",
                "  ",
                "\": {\"",
                "x\"",
                "\"}}",
                "<|special|>",
                "<|end|>")) {
            tokens.add(text.getBytes(StandardCharsets.UTF_8));
        }
        return tokens;
    }

    /** Draws allowed tokens at random to the end; empty if that did not come in time. */
    private static String draw(TokenConstraint constraint, Random random, int maxTokens) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (int i = 0; i < maxTokens; i++) {
            // A row that begins at 1 and is longer than the vocabulary.
            float[] logits = new float[TOKENS.size() + 3];
            constraint.mask(logits, 1, TOKENS.size() + 1);
            List<Integer> allowed = new ArrayList<>();
            for (int id = 0; id <= TOKENS.size(); id++) {
                if (logits[1 + id] == 0) {
                    allowed.add(id);
                }
            }
            assertThat(allowed).isNotEmpty().doesNotContain(SPECIAL, TOKENS.size());
            assertThat(logits[0] + logits[TOKENS.size() + 2]).isZero();
            int token = allowed.get(random.nextInt(allowed.size()));
            constraint.accept(token);
            if (token == END) {
                return text.toString(StandardCharsets.UTF_8);
            }
            text.writeBytes(TOKENS.get(token));
        }
        return "";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'object'}",
                "true",
                "{'type':'object','properties':{'name':{'type':'string'},'age':{'type':'integer'}},'required':['name']}",
                "{'type':'object','properties':{'a':{'type':'number'},'b':{'type':'boolean'},'é\\n':{'type':'null'}}}",
                "{'type':'object','properties':{'x':true},'required':['x','y']}",
                "{'type':'object','additionalProperties':{'type':'integer'}}",
                "{'type':'object','additionalProperties':false}",
                "{'type':'array','items':{'type':'integer'},'minItems':2,'maxItems':4}",
                "{'type':'array','items':{'type':'string'},'minItems':3}",
                "{'type':'array','maxItems':0}",
                "{'type':'array','items':{'type':'null'},'maxItems':1}",
                "{'type':'string','minLength':2,'maxLength':5}",
                "{'type':'string','maxLength':0}",
                "{'enum':['RED','GREEN',3,null,{'a':[1]}]}",
                "{'const':'a\\nb'}",
                "{'type':['string','null'],'maxLength':3}",
                "{'anyOf':[{'type':'integer'},{'type':'array','items':{'type':'boolean'}}]}",
                "{'$ref':'#/$defs/node','$defs':{'node':{'type':'object','properties':{'name':{'type':'string'},"
                        + "'kids':{'type':'array','items':{'$ref':'#/$defs/node'}}},'required':['name','kids']}}}",
                "{'type':'object','properties':{'next':{'$ref':'#'}}}",
                "{'type':'integer','minimum':3}",
                "{'type':'integer','minimum':-17,'maximum':1205}",
                "{'type':'integer','exclusiveMinimum':0,'exclusiveMaximum':2}",
                "{'type':'integer','minimum':-250,'maximum':-3.5}",
                "{'type':'integer','maximum':99}",
                "{'type':'number','minimum':0,'maximum':1}",
                "{'type':'number','exclusiveMinimum':0,'exclusiveMaximum':0.5}",
                "{'type':'number','minimum':-1.25,'maximum':10.5}",
                "{'type':'number','exclusiveMinimum':-3}",
                "{'type':'number','minimum':0.25,'maximum':0.25}",
                "{'type':'object','properties':{'a':{'enum':[1],'type':'string'},'b':{'$ref':'#/$defs/x'},'c':{'const':2}},"
                        + "'$defs':{'x':{'type':'object','properties':{'y':{'$ref':'#/$defs/x'}},'required':['y']}}}",
                "{'type':['integer','null'],'minimum':18}",
                "{'oneOf':[{'type':'integer'},{'type':'string','maxLength':3}]}",
                "{'allOf':[{'type':'object','properties':{'a':{'type':'integer','minimum':1}},'required':['a']},"
                        + "{'properties':{'a':{'maximum':9},'b':{'type':'boolean'}},'required':['b']}]}",
                "{'type':'object','properties':{'kind':{'enum':['x','y',3],'type':'string'}},'required':['kind'],"
                        + "'anyOf':[{'properties':{'kind':{'const':'x'},'n':{'type':'integer'}},'required':['n']},"
                        + "{'properties':{'kind':{'const':'y'},'s':{'type':'string','maxLength':2}},'required':['s']},"
                        + "{'properties':{'kind':{'const':'z'}}}]}",
                "{'$ref':'#/$defs/n','description':'a number','$defs':{'n':{'type':'integer','minimum':5}}}",
                "{'$ref':'#/$defs/n','maximum':7,'$defs':{'n':{'type':'integer','minimum':5}}}",
                "{'$ref':'#/$defs/node','$defs':{'node':{'type':'object','properties':{'name':{'type':'string'},"
                        + "'kid':{'allOf':[{'$ref':'#/$defs/node'},{'required':['name']}]}},'required':['name']}}}",
                "{'allOf':[{'type':['integer','string','null']},{'type':['number','null']},{'maximum':4,'minimum':4}]}",
                "{'allOf':[{'anyOf':[{'minimum':1},{'maximum':-1}]},{'anyOf':[{'minimum':5},{'maximum':-5}]}],'type':'integer'}"
            })
    void whatIsDrawnFitsTheSchemaAndEndsInTime(String quoted) {
        Json schema = Json.parse(quoted.replace('\'', '"'));
        JsonGrammar grammar = JsonGrammar.of(schema, INDEX);
        Random random = new Random(11);
        int shortest = Integer.MAX_VALUE;
        for (int i = 0; i < 60; i++) {
            shortest = Math.min(shortest, drawn(schema, grammar, random, 200));
        }
        for (int i = 0; i < 60; i++) {
            // As many tokens as the shortest text has bytes, and one to end it.
            drawn(schema, grammar, random, shortest + 1);
        }
    }

    private static int drawn(Json schema, JsonGrammar grammar, Random random, int maxTokens) {
        String text = draw(grammar.constraint(maxTokens), random, maxTokens);
        assertThat(text).isNotEmpty();
        assertThat(new Fits(schema).fits(Json.parse(text))).as(text).isTrue();
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    @Test
    void drawsDifferentValues() {
        JsonGrammar grammar = JsonGrammar.of(Json.parse("{\"enum\":[\"a\",\"b\",\"c\"]}"), INDEX);
        Random random = new Random(5);
        List<String> drawn = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            drawn.add(draw(grammar.constraint(-1), random, 10));
        }
        assertThat(drawn).contains("\"a\"", "\"b\"", "\"c\"");
        assertThat(draw(JsonGrammar.anyObject(INDEX).constraint(300), random, 300))
                .startsWith("{");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '§',
            quoteCharacter = '`',
            value = {
                "{'type':'string','pattern':'a+'} § at #: the keyword 'pattern' is not supported",
                "{'type':'object','properties':{'n':{'type':'integer','multipleOf':3}}} § at #/properties/n: the keyword 'multipleOf'",
                "{'type':'integer','minimum':3,'maximum':2} § no integer of at most 15 digits",
                "{'type':'integer','minimum':0.2,'maximum':0.8} § no integer of at most 15 digits",
                "{'type':'number','exclusiveMinimum':2,'maximum':2} § no number of at most 15 digits",
                "{'type':'number','minimum':'3'} § expected a number of moderate size, found",
                "{'type':'number','minimum':1e999999999} § expected a number of moderate size, found",
                "{'type':'number','exclusiveMinimum':true} § expected a number of moderate size, found true",
                "{'allOf':[{'type':'integer'},{'type':'string'}]} § at #: no value meets all of its parts",
                "{'type':'integer','anyOf':[{'type':'string'},{'type':'null'}]} § no value meets one of its alternatives",
                "{'allOf':[{'$ref':'#'},{'type':'object'}]} § nests deeper than 100 levels",
                "{'allOf':3} § expected an array, found 3",
                "{'type':'string','allOf':[{'pattern':'a+'}]} § the keyword 'pattern' is not supported",
                "{'type':'array','uniqueItems':true} § the keyword 'uniqueItems' is not supported",
                "{'type':'object','minProperties':2} § the keyword 'minProperties' is not supported",
                "{'not':{'type':'null'}} § the keyword 'not' is not supported",
                "{'type':'string','enum':[1,2]} § no value of the enum is of its type",
                "{'type':'date'} § 'date' is no type",
                "{'oneOf':[]} § there is no choice",
                "{'$ref':'http://x'} § only references within the schema",
                "{'$ref':'#/$defs/x'} § nothing is at #/$defs/x",
                "{'$ref':'#'} § refers to itself",
                "{'anyOf':[]} § there is no choice",
                "{'enum':[]} § an enum needs 1 to 5000 values",
                "{'type':'array','minItems':3,'maxItems':2} § is less than minItems",
                "{'type':'array','minItems':-1} § expected an integer from 0",
                "{'type':'string','maxLength':1000000000} § expected an integer from 0 to 5000",
                "{'type':'object','properties':{'a':{'$ref':'#'}},'required':['a']} § no finite value fits",
                "{'type':'object','required':['y'],'additionalProperties':false} § 'y' is required but allowed nowhere",
                "3 § expected an object or true",
            })
    void whatIsNotSupportedIsRefusedByName(String quoted, String message) {
        String schema = quoted.replace('\'', '"');
        assertThatThrownBy(() -> JsonGrammar.of(Json.parse(schema), INDEX))
                .isInstanceOf(PacaException.class)
                .hasMessageStartingWith("JSON schema")
                .hasMessageContaining(message);
    }
}
