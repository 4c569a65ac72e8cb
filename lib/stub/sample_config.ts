/**
 * The configurations of a gateway that has stubs behind it and nothing else.
 *
 * @module
 */

/**
 * What `start --stub` serves: three models, one of which fails now and then, so that a fallback can
 * be seen; and any other name.
 */
export const SAMPLE_CONFIG = `routes:
  - name: steady
    url: stub:ok
    model: stub-steady
  - name: flaky
    url: stub:flaky?every=2&status=503
    model: stub-flaky
  - name: calm
    url: stub:ok
    model: stub-calm
  - name: any
    url: stub:ok
    model: "*"
`;

/** What `stub` serves where no rule answers: every name, and one model for `auto`. */
export const STUB_CONFIG = `routes:
  - name: stub
    url: stub:ok
    model:
      - stub
      - gpt-5
      - gpt-5-mini
      - gpt-4.1
      - gpt-4.1-mini
      - gpt-4o
      - gpt-4o-mini
      - o4-mini
      - claude-opus-4-5
      - claude-sonnet-4-5
      - claude-haiku-4-5
      - gemini-2.5-pro
      - deepseek-chat
      - text-embedding-3-small
      - "*"
auto:
  models: [stub]
  sticky: false
`;
