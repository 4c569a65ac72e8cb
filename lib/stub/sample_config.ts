/**
 * What `start --stub` serves: three models without a network, one of which fails now and then.
 *
 * @module
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
`;
