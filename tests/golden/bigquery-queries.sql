SELECT
  *
FROM (
  SELECT
    `t1`.`query`,
    `t1`.`url` AS `page`,
    SUM(`t1`.`clicks`) AS `clicks`,
    SUM(`t1`.`impressions`) AS `impressions`,
    ieee_divide(SUM(`t1`.`sum_position`), NULLIF(SUM(`t1`.`impressions`), 0)) + 1 AS `position`
  FROM (
    SELECT
      *
    FROM `my-project`.`searchconsole`.`searchdata_url_impression` AS `t0`
    WHERE
      `t0`.`data_date` = DATE(2026, 7, 1)
      AND `t0`.`search_type` = 'WEB'
      AND `t0`.`site_url` = 'sc-domain:example.com'
      AND `t0`.`country` IN ('usa', 'deu')
      AND `t0`.`device` IN ('MOBILE')
      AND NOT (
        `t0`.`is_anonymized_query`
      )
      AND `t0`.`query` IS NOT NULL
      AND `t0`.`query` <> ''
  ) AS `t1`
  GROUP BY
    1,
    2
) AS `t2`
ORDER BY
  `t2`.`page` ASC NULLS LAST,
  `t2`.`query` ASC NULLS LAST
